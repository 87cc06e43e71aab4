/** CI systems: what their files hand to a shell, and the containers they start. */
import { capabilities, options, privileged, script, words, type ConfigScan } from "../judge.ts";
import type { ConfigNode } from "../node.ts";

interface Step {
  readonly step: ConfigNode;
  readonly shell: string | undefined;
  readonly isWindows: boolean;
}

export function scanGitHub(root: ConfigNode, into: ConfigScan): void {
  const steps: Step[] = (root.at("runs", "steps")?.items() ?? []).map((step) => ({
    step,
    shell: undefined,
    isWindows: false,
  }));
  dockerAction(root.get("runs"), into);
  const defaultShell = root.at("defaults", "run", "shell")?.text;
  for (const [, job] of root.get("jobs")?.entries() ?? []) {
    options(job.at("container", "options"), into);
    for (const [, service] of job.get("services")?.entries() ?? []) options(service.get("options"), into);
    const jobShell = job.at("defaults", "run", "shell")?.text ?? defaultShell;
    const isWindows = (job.get("runs-on")?.texts() ?? []).some((label) => /^windows/i.test(label));
    steps.push(...(job.get("steps")?.items() ?? []).map((step) => ({ step, shell: jobShell, isWindows })));
  }
  for (const each of steps) scanStep(each, into);
}

/** An action that is a container: its entry point and arguments are one command line. */
function dockerAction(runs: ConfigNode | undefined, into: ConfigScan): void {
  if (runs?.get("using")?.text !== "docker") return;
  for (const key of ["entrypoint", "pre-entrypoint", "post-entrypoint"]) {
    const program = runs.get(key);
    if (program?.text === undefined) continue;
    words([program.text, ...(runs.get("args")?.texts() ?? [])], program.place, into);
  }
}

function scanStep({ step, shell: inherited, isWindows }: Step, into: ConfigScan): void {
  const program = (step.get("shell")?.text ?? inherited ?? (isWindows ? "pwsh" : "bash"))
    .replace(/^sudo\s+(?:-\S+\s+)*/, "")
    .split(/\s+/)[0];
  const run = step.get("run");
  if (/^(?:\S*\/)?(?:ba|da|z|k)?sh$/.test(program ?? "")) script(run, into);
  if (program?.startsWith("python") === true) script(run, into, "run.py");
  if (program === "node") script(run, into, "run.js");
  const uses = step.get("uses")?.text ?? "";
  options(step.at("with", "options"), into);
  if (uses.startsWith("docker://")) {
    const given = step.at("with", "args");
    const entry = step.at("with", "entrypoint")?.text;
    if (given?.text !== undefined)
      words([...(entry === undefined ? [] : [entry]), ...given.text.split(/\s+/)], given.place, into);
  }
  if (uses.includes("github-script")) {
    script(step.at("with", "script"), into, "github-script.js");
    return;
  }
  for (const key of ["run", "script", "pre", "prepare", "install"]) script(step.at("with", key), into);
}

/** CI systems whose files hand lists of commands to a shell under well-known keys. */
const scriptKeys =
  /^(?:script|before_script|after_script|before_install|install|after_success|after_failure|before_deploy|after_deploy|run|command|commands|cmds|cmd|bash|sh|steps|entry|build_script|test_script|setup_script|install_script|override-build|override-prime|override-stage|override-pull|prebuild|postbuild)$/;

export function scanPipeline(root: ConfigNode, into: ConfigScan): void {
  for (const node of root.everything()) {
    privileged(node, into);
    capabilities(node.get("cap_add"), into, "cap_add: ");
    options(node.get("container") === undefined ? undefined : node.get("options"), into);
    options(node.get("image") === undefined ? undefined : node.get("options"), into);
    for (const [key, value] of node.entries()) {
      if (!scriptKeys.test(key)) continue;
      script(value, into);
      for (const item of value.items()) {
        script(item, into);
        if (item.isList) for (const inner of item.items()) script(inner, into);
      }
    }
  }
}
