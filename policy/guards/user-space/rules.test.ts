import assert from "node:assert/strict";
import { test } from "node:test";
import { callApplies, callNamed, callNumbered, commandRule, rules } from "./rules.ts";
import { architectureIn, numbersOf } from "./rules/numbers.ts";
import { ruleOfCapability, ruleOfMountType, ruleOfRead, ruleOfWrite } from "./rules/targets.ts";
import { possibleElsewhere, possibleInC, triggerWords } from "./rules/triggers.ts";
import { scanText } from "./scan.ts";

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

test("the examples of every rule are true: what is said to be flagged is, what is said to be clean is not", () => {
  for (const rule of rules) {
    for (const { path, code } of rule.flagged) {
      const found = scanText(path, code).hits.map((each) => each.rule.id);
      assert.ok(
        found.includes(rule.id),
        `${rule.id} is not found in ${JSON.stringify(code)}: ${found.join()}`,
      );
    }
    for (const { path, code } of rule.clean) {
      const found = scanText(path, code).hits.map((each) => each.rule.id);
      assert.ok(!found.includes(rule.id), `${rule.id} is found in ${JSON.stringify(code)}`);
    }
    // What cannot be looked at has no example in source.
    if (rule.category !== "coverage") assert.ok(rule.flagged.length > 0 && rule.clean.length > 0, rule.id);
  }
});

test("a system call belongs to one rule, by name and by number", () => {
  const calls = rules.flatMap((rule) => rule.calls ?? []);
  assert.equal(new Set(calls.map((call) => call.name)).size, calls.length);
  const numbers = calls.flatMap((call) => call.number ?? []);
  assert.equal(new Set(numbers).size, numbers.length);
});

const everyday: Readonly<Record<string, string>> = {
  date: "date -s now",
  init: "init 6",
  telinit: "telinit 0",
};

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
        // Words of every day (`ip`, `date`) are findings only with arguments that trigger by themselves.
        const text = everyday[name] ?? `x ${name} ${command.onlyWith?.source ?? "y"}`;
        assert.match(text, triggerWords, name);
      }
    }
    for (const { code, path } of rule.flagged) {
      if (rule.category !== "suppressions") assert.match(code, triggerWords, `${rule.id} in ${path}`);
    }
  }
});

test("languages without a front end are suspicious for what they start and call, not for words", () => {
  for (const text of [
    'Runtime.getRuntime().exec("sudo mount -a")',
    "system('unshare -Ur true')",
    "`umount #{dir}`",
    "syscall(165, $a, $b, $c, 0, 0)  # SYS_mount",
    'new ProcessBuilder("nsenter", "-t", "1")',
    '[DllImport("libc")] static extern int unshare(int flags);',
    "sh 'docker run --privileged x'",
    "privileged => true",
  ])
    assert.match(text, possibleElsewhere, text);
  for (const text of [
    "mount Sidekiq::Web => '/sidekiq'",
    "componentDidMount() { app.mounted(); }",
    "DesiredCapabilities capabilities = new DesiredCapabilities();",
    "clone(); reboot(); namespaces.each",
    '"mounting the disk failed"',
    "public void mount() {}",
  ])
    assert.doesNotMatch(text, possibleElsewhere, text);
});

test("numbers are those of x86-64, of other machines where the text names them, and the newest are the same everywhere", () => {
  assert.equal(callNumbered(272)?.name, "unshare");
  assert.equal(callNumbered(165)?.name, "mount");
  assert.equal(callNumbered(430)?.name, "fsopen");
  assert.equal(callNumbered(39), undefined, "getpid");
  assert.equal(callNumbered(39, "generic")?.name, "umount2");
  assert.equal(callNumbered(165, "generic"), undefined);
  assert.equal(callNumbered(430, "arm-32")?.name, "fsopen");
  for (const [architecture, numbers] of Object.entries(numbersOf)) {
    for (const name of Object.keys(numbers))
      assert.ok(callNamed(name), `${name} of ${architecture} is no rule`);
  }
  assert.equal(architectureIn("defined(__aarch64__)"), "generic");
  assert.equal(architectureIn("__i386__"), "x86-32");
  assert.equal(architectureIn("__linux__"), undefined);
});

test("clone is a thread unless it asks for a namespace, ptrace of oneself is nobody's business", () => {
  const [clone, ptrace, unshare] = ["clone", "ptrace", "unshare"].map(callNamed);
  assert.ok(clone !== undefined && ptrace !== undefined && unshare !== undefined);
  assert.equal(callApplies(clone, "(f, stack, CLONE_VM | SIGCHLD, 0)"), false);
  assert.equal(callApplies(clone, "(f, stack, CLONE_NEWUSER, 0)"), true);
  assert.equal(callApplies(clone, "(f, stack, 0x10000011, 0)", "0x10000011"), true);
  assert.equal(callApplies(clone, "(f, stack, 0x80, 0)", "0x80"), false, "an exit signal");
  assert.equal(callApplies(ptrace, "(PTRACE_TRACEME, 0, 0, 0)"), false);
  assert.equal(callApplies(ptrace, "(PTRACE_ATTACH, pid, 0, 0)"), true);
  assert.equal(callApplies(unshare, "(CLONE_FS | CLONE_FILES)"), false);
  assert.equal(callApplies(unshare, "(CLONE_FS | CLONE_NEWNS)"), true);
  assert.equal(callApplies(unshare, "(flags)"), true);
  assert.equal(callApplies(unshare, "(0x200)", "0x200"), false);
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

test("files of the kernel are judged by their path, types of file systems by their name", () => {
  assert.equal(ruleOfWrite("/sys/fs/cgroup/a/cgroup.procs"), "cgroup-write");
  assert.equal(ruleOfWrite("/proc/self/uid_map"), "namespace-unshare");
  assert.equal(ruleOfWrite("/proc/sys/vm/swappiness"), "system-state");
  assert.equal(ruleOfWrite("/etc/fstab"), "mount-table-write");
  assert.equal(ruleOfWrite("/dev/mem"), "io-port");
  for (const path of ["/tmp/fstab", "/proc/self/oom_score_adj", "sys/fs/cgroup", "/dev/null"])
    assert.equal(ruleOfWrite(path), undefined, path);
  assert.equal(ruleOfRead("/proc/self/mountinfo"), "mount-table-read");
  assert.equal(ruleOfRead("/proc/self/status"), undefined);
  assert.deepEqual(["overlay", "cgroup2", "ext4"].map(ruleOfMountType), [
    "overlayfs-mount",
    "cgroup-mount",
    "mount-call",
  ]);
});
