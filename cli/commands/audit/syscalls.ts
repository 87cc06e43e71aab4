/** `audit syscalls`: the user-space-only guard, on sources and, with --exec, on what a command really does. */
import * as Flags from "@oclif/core/flags";
import { AuditCommand, auditArgs, auditFlags, auditStatus } from "../../audit-command.ts";

export default class AuditSyscalls extends AuditCommand {
  static override summary = "Check that no forbidden kernel mechanism is used.";
  static override description =
    "Parses sources, configuration and binaries for overlayfs, mounts, control groups, namespaces and privileged " +
    "calls. What could not be looked at is listed. A file in a language that is not covered keeps the result from " +
    "being clean only where words stand in it that a finding could be made of; with --require-full always. With --exec " +
    "it also runs a command under strace and reports the forbidden calls that really happened, in it and in everything " +
    `it started. ${auditStatus}`;
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> src --format sarif --out syscalls.sarif",
    '<%= config.bin %> <%= command.id %> --exec "npm test"',
    "<%= config.bin %> <%= command.id %> --staged",
  ];
  static override args = auditArgs;
  static override flags = {
    ...auditFlags,
    exec: Flags.string({ description: "command to run under strace, given to sh -c", helpValue: "CMD" }),
    staged: Flags.boolean({
      description: "only what the next commit changes, as it is staged",
      exclusive: ["exec", "include-dependencies"],
    }),
    "include-dependencies": Flags.boolean({
      description: "sources below node_modules too; otherwise only native code of production dependencies",
    }),
    "require-full": Flags.boolean({
      description: "a file in a language that is not covered always keeps the result from being clean",
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(AuditSyscalls);
    const { userSpaceGuard } = await import("@helios/policy");
    const guard = userSpaceGuard({
      files: flags.staged ? "staged" : "tree",
      includeDependencies: flags["include-dependencies"],
      requireFull: flags["require-full"],
    });
    const traced = async () => {
      if (flags.exec === undefined) return [];
      const { auditExec } = await import("../../audit-exec.ts");
      // A report on standard output must stay readable by programs: the command then keeps its words to itself.
      const shown = flags.format === "terminal" && !this.jsonEnabled();
      const output = shown ? "inherit" : "ignore";
      return [await auditExec({ command: flags.exec, output, signal: this.signal })];
    };
    return this.audit(["user-space-only"], args.path, flags, traced, { configured: [guard] });
  }
}
