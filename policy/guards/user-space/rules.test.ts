import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import {
  callApplies,
  callNamed,
  callNumbered,
  commandRule,
  possibleInC,
  ruleOfCapability,
  rules,
  triggerWords,
} from "./rules.ts";

test("rule ids are unique, and severities are numbers code scanning understands", () => {
  assert.equal(new Set(rules.map((rule) => rule.id)).size, rules.length);
  for (const rule of rules) {
    assert.match(rule.id, /^[a-z]+(?:-[a-z]+)*$/);
    assert.match(rule.securitySeverity, /^(?:10\.0|\d\.\d)$/);
    assert.ok(
      rule.level === "error" ? Number(rule.securitySeverity) >= 7 : Number(rule.securitySeverity) < 7,
      rule.id,
    );
  }
});

test("every rule is documented, with its level", async () => {
  const page = await readFile(new URL("README.md", import.meta.url), "utf8");
  for (const rule of rules) {
    assert.match(page, new RegExp(`^\\| \\x60${rule.id}\\x60 +\\| ${rule.level} `, "m"), rule.id);
  }
});

test("a system call belongs to one rule, by name and by number", () => {
  const calls = rules.flatMap((rule) => rule.calls ?? []);
  assert.equal(new Set(calls.map((call) => call.name)).size, calls.length);
  const numbers = calls.flatMap((call) => call.number ?? []);
  assert.equal(new Set(numbers).size, numbers.length);
});

test("no row is hidden behind the trigger words: a text that holds one of them is parsed", () => {
  for (const rule of rules) {
    for (const call of rule.calls ?? []) {
      // Forbidden only with a flag: then the flag stands in the text as well.
      const text = `x ${call.name}(${call.onlyWith === undefined ? "" : "CLONE_NEWUSER"})`;
      assert.match(text, triggerWords, call.name);
      assert.match(text, possibleInC, call.name);
    }
    for (const command of rule.commands ?? []) {
      for (const name of command.names) {
        const isNamed = triggerWords.test(`x ${name} y`);
        // `mkdir` is a finding only with a path, and the path is what triggers.
        const needsMore =
          command.onlyWith !== undefined &&
          /cgroup|proc|reboot|netns|unshare|slice/.test(command.onlyWith.source);
        assert.ok(isNamed || needsMore, name);
      }
    }
  }
});

test("numbers are those of x86-64, and the newest are the same everywhere", () => {
  assert.equal(callNumbered(272)?.name, "unshare");
  assert.equal(callNumbered(165)?.name, "mount");
  assert.equal(callNumbered(430)?.name, "fsopen");
  assert.equal(callNumbered(39), undefined, "getpid");
});

test("clone is a thread unless it asks for a namespace, ptrace of oneself is nobody's business", () => {
  const clone = callNamed("clone");
  const ptrace = callNamed("ptrace");
  assert.ok(clone !== undefined && ptrace !== undefined);
  assert.equal(callApplies(clone, "(f, stack, CLONE_VM | SIGCHLD, 0)"), false);
  assert.equal(callApplies(clone, "(f, stack, CLONE_NEWUSER, 0)"), true);
  assert.equal(callApplies(ptrace, "(PTRACE_TRACEME, 0, 0, 0)"), false);
  assert.equal(callApplies(ptrace, "(PTRACE_ATTACH, pid, 0, 0)"), true);
});

test("mount without operands lists, with operands it mounts, with an overlay it is an overlay", () => {
  const id = (words: string): string | undefined =>
    commandRule(
      "mount",
      words.split(" ").filter((word) => word !== ""),
    )?.id;
  assert.equal(id(""), "mount-table-read");
  assert.equal(id("-l"), "mount-table-read");
  assert.equal(id("-t ext4"), "mount-table-read");
  assert.equal(id("/dev/sda1 /mnt"), "mount-call");
  assert.equal(id("-a"), "mount-call");
  assert.equal(id("-t overlay overlay /mnt"), "overlayfs-mount");
  assert.equal(id("-t cgroup2 none /cg"), "cgroup-mount");
  assert.equal(id("--version"), undefined);
  assert.equal(commandRule("umount", [])?.id, undefined);
  assert.equal(commandRule("umount", [], true)?.id, "mount-call", "xargs brings the operand");
});

test("capabilities are recognised in any spelling, harmless ones are not", () => {
  for (const name of ["SYS_ADMIN", "cap_sys_admin", "CAP_SYS_ADMIN", "all", "ALL"]) {
    assert.equal(ruleOfCapability(name), "cap-sys-admin", name);
  }
  assert.equal(ruleOfCapability("NET_ADMIN"), "cap-privileged");
  for (const name of ["CHOWN", "NET_BIND_SERVICE", "KILL", ""])
    assert.equal(ruleOfCapability(name), undefined, name);
});
