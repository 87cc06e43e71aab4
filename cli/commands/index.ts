/**
 * Every command, by hand. The id uses `:` between topic and verb; people type a space. A command is imported only
 * when it is the one that was typed, so a heavy import in one file costs the others nothing.
 *
 * To add one: a file `commands/<topic>/<verb>.ts` with a default export that extends `BaseCommand`, a line here, and
 * the golden file of the surface regenerated (`surface.test.ts` says how).
 */
import type { Command } from "@oclif/core/command";

type Loader = () => Promise<{ readonly default: Command.Class }>;

export const commandLoaders: Readonly<Record<string, Loader>> = {
  commit: () => import("./commit.ts"),
  status: () => import("./status.ts"),
  restore: () => import("./restore.ts"),
  diff: () => import("./diff.ts"),
  materialize: () => import("./materialize.ts"),
  branch: () => import("./branch.ts"),
  merge: () => import("./merge.ts"),
  prove: () => import("./prove.ts"),
  "verify-proof": () => import("./verify-proof.ts"),
  fork: () => import("./fork.ts"),
  log: () => import("./log.ts"),
  ls: () => import("./ls.ts"),
  read: () => import("./read.ts"),
  stats: () => import("./stats.ts"),
  verify: () => import("./verify.ts"),
  gc: () => import("./gc.ts"),
  "forest:import": () => import("./forest/import.ts"),
  "forest:status": () => import("./forest/status.ts"),
  "forest:ls": () => import("./forest/ls.ts"),
  "forest:materialize": () => import("./forest/materialize.ts"),
  "forest:verify": () => import("./forest/verify.ts"),
  "forest:prove": () => import("./forest/prove.ts"),
  "store:info": () => import("./store/info.ts"),
  "store:migrate": () => import("./store/migrate.ts"),
  doctor: () => import("./doctor.ts"),
  benchmark: () => import("./benchmark.ts"),
  "benchmark:list": () => import("./benchmark/list.ts"),
  "benchmark:compare": () => import("./benchmark/compare.ts"),
  "benchmark:trend": () => import("./benchmark/trend.ts"),
  "experiment:validate-tasks": () => import("./experiment/validate-tasks.ts"),
  "audit:licenses": () => import("./audit/licenses.ts"),
  "audit:syscalls": () => import("./audit/syscalls.ts"),
  "audit:vulnerabilities": () => import("./audit/vulnerabilities.ts"),
  "audit:all": () => import("./audit/all.ts"),
  "hooks:install": () => import("./hooks/install.ts"),
  "hooks:uninstall": () => import("./hooks/uninstall.ts"),
  "hooks:status": () => import("./hooks/status.ts"),
  "hooks:run": () => import("./hooks/run.ts"),
  "report:render": () => import("./report/render.ts"),
  "report:recheck": () => import("./report/recheck.ts"),
  "report:merge": () => import("./report/merge.ts"),
};

/** Shown in `--help` for words that only group commands. */
export const topics: Readonly<Record<string, { readonly description: string }>> = {
  audit: { description: "Check licences, user-space-only and vulnerabilities." },
  benchmark: { description: "Measure subjects side by side and judge the result." },
  experiment: { description: "Development tasks, and experiments made of them." },
  forest: { description: "Named trees under one root, committed together." },
  hooks: { description: "Check what is committed and pushed, by hooks of Git." },
  report: { description: "Render, recheck and merge the reports of runs." },
  store: { description: "Look at the store itself, or move it to another backend." },
};
