/**
 * The command line's surface is a promise: every command, argument and flag is in the golden file, so a change of it is
 * seen in review. After an intended change: UPDATE_GOLDEN=1 node --test cli/surface.test.ts
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { Command } from "@oclif/core/command";
import { BaseCommand } from "./base-command.ts";
import { loadAllCommands } from "./run.ts";

const golden = new URL("surface.golden.json", import.meta.url);

/** Only what a user types; words of help may change freely. */
function surfaceOf(command: Command.Class): unknown {
  const args = Object.entries(command.args).map(([name, { required = false, options }]) => ({
    name,
    required,
    ...(options && { options }),
  }));
  const all = { ...command.baseFlags, ...command.flags };
  const flags = Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, flag]) => {
      const { char, type, required = false } = flag;
      const { multiple = false, options } = flag.type === "option" ? flag : {};
      const allowNo = flag.type === "boolean" && flag.allowNo;
      return {
        name,
        type,
        ...(char && { char }),
        required,
        ...(multiple && { multiple }),
        ...(options && { options }),
        ...(allowNo && { allowNo }),
      };
    });
  return { args, flags, json: command.enableJsonFlag, aliases: command.aliases };
}

test("the commands, arguments and flags are those of the golden file", async () => {
  const commands = Object.entries(await loadAllCommands()).sort(([a], [b]) => (a < b ? -1 : 1));
  const surface = `${JSON.stringify(Object.fromEntries(commands.map(([id, command]) => [id.replaceAll(":", " "), surfaceOf(command)])), null, 2)}\n`;
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, surface);
  assert.equal(surface, readFileSync(golden, "utf8"), "the surface changed; see the head of surface.test.ts");
});

test("every command says what it does, shows examples, answers in JSON, and fails the way all do", async () => {
  for (const [id, command] of Object.entries(await loadAllCommands())) {
    assert.ok(command.summary && command.description, `${id} has a summary and a description`);
    assert.ok(command.examples !== undefined && command.examples.length > 0, `${id} has examples`);
    assert.equal(command.enableJsonFlag, true, `${id} has --json`);
    assert.ok(Object.prototype.isPrototypeOf.call(BaseCommand, command), `${id} extends BaseCommand`);
    for (const [name, flag] of Object.entries({ ...command.baseFlags, ...command.flags })) {
      assert.ok(flag.description ?? flag.summary, `${id} --${name} has a description`);
    }
    for (const [name, arg] of Object.entries(command.args))
      assert.ok(arg.description, `${id} ${name} has a description`);
  }
});
