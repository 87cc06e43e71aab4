/** `hooks run`: what an installed hook does. One process for all guards of a hook, because a commit has a second. */
import { execFile } from "node:child_process";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import * as Args from "@oclif/core/args";
import type { Guard } from "@helios/policy";
import { AuditCommand, auditStatus } from "../../audit-command.ts";

/** What changes which packages there are, or under which licence. */
const dependencyFiles =
  /(?:^|\/)(?:package\.json|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock)$/;

export default class HooksRun extends AuditCommand {
  static override summary = "Do what an installed hook does.";
  static override description =
    "pre-commit: forbidden kernel mechanisms in what is staged, and licences when package.json or a lock file is. " +
    `pre-push: every guard, unless branches are only deleted. Says nothing but one line when all is well. ${auditStatus}`;
  static override examples = [
    "<%= config.bin %> <%= command.id %> pre-commit",
    "<%= config.bin %> <%= command.id %> pre-push < /dev/null",
  ];
  static override args = {
    hook: Args.string({ description: "which hook", required: true, options: ["pre-commit", "pre-push"] }),
  };

  override async run(): Promise<unknown> {
    const { args } = await this.parse(HooksRun);
    const format = { format: "terminal" };
    if (args.hook === "pre-push") {
      if (deletesOnly(await pushedRefs())) return { version: 1, verdict: "pass" };
      const { guards } = await import("@helios/policy");
      return this.audit(
        guards.map(({ id }) => id),
        ".",
        format,
        undefined,
        { quiet: true },
      );
    }
    const { userSpaceGuard } = await import("@helios/policy");
    const staged: Guard = userSpaceGuard({ files: "staged" });
    const licences = (await stagesDependencies()) ? ["licences"] : [];
    return this.audit(["user-space-only", ...licences], ".", format, undefined, {
      configured: [staged],
      quiet: true,
    });
  }
}

async function stagesDependencies(): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)("git", ["diff", "--cached", "--name-only", "-z"], {
      maxBuffer: 256 * 1024 * 1024,
    });
    return stdout.split("\0").some((file) => dependencyFiles.test(file));
  } catch {
    return false; // the guard on staged files says why
  }
}

/** Lines of `<local ref> <local object> <remote ref> <remote object>`; nothing where nobody pipes them in. */
async function pushedRefs(): Promise<string> {
  return process.stdin.isTTY ? "" : await text(process.stdin);
}

function deletesOnly(refs: string): boolean {
  const lines = refs.split("\n").filter((line) => line.trim() !== "");
  return lines.length > 0 && lines.every((line) => /^0+$/.test(line.split(" ")[1] ?? ""));
}
