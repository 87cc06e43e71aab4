/**
 * Configuration by schema: what a field means depends on the file it stands in. `privileged: true` of a compose
 * service gives every capability; the same two words in an API description, a policy or any other YAML mean
 * nothing. Each schema says how it is recognised and what it hands to a shell or to the kernel.
 */
import { hit, movedTo, type Hit, type Place, type Problem } from "../hit.ts";
import { ruleOfCapability } from "../rules.ts";
import { isUnconfined, privilegesOf } from "../shell/containers.ts";
import { scanArgv, scanShell, unknownPart, type Embed } from "../shell/shell-script.ts";
import type { ConfigNode } from "./tree.ts";

export interface ConfigScan {
  readonly hits: Hit[];
  readonly problems: Problem[];
  readonly embed: Embed;
}

interface Schema {
  readonly id: string;
  recognises(path: string, root: ConfigNode): boolean;
  scan(root: ConfigNode, into: ConfigScan): void;
}

/** Tried in order; the first that recognises a document reads it. */
const schemas: readonly Schema[] = [
  {
    id: "oci-config",
    recognises: (_path, root) => root.get("ociVersion") !== undefined,
    scan: scanOci,
  },
  {
    id: "package-scripts",
    recognises: (path) => /(?:^|\/)(?:package|composer|deno)\.jsonc?$/.test(path),
    scan: (root, into) => {
      for (const key of ["scripts", "tasks"]) {
        for (const [, script] of root.get(key)?.entries() ?? []) {
          for (const command of script.isList ? script.items() : [script]) shell(command, into);
        }
      }
    },
  },
  {
    id: "devcontainer",
    recognises: (path) =>
      /(?:^|\/)\.?devcontainer(?:\/[\w-]+)*(?:\/devcontainer)?\.json$|devcontainer\.json$|devcontainer-feature\.json$/.test(
        path,
      ),
    scan: scanDevcontainer,
  },
  {
    id: "kubernetes",
    recognises: (_path, root) => root.get("apiVersion") !== undefined && root.get("kind") !== undefined,
    scan: scanKubernetes,
  },
  {
    id: "github-workflow",
    recognises: (path, root) =>
      /\.github\/workflows\//.test(path) ||
      root.at("runs", "using") !== undefined ||
      (root.get("jobs") !== undefined && root.get("on") !== undefined),
    scan: scanWorkflow,
  },
  {
    id: "ecs-task",
    recognises: (_path, root) => root.get("containerDefinitions") !== undefined,
    scan: (root, into) => {
      for (const container of root.get("containerDefinitions")?.items() ?? []) {
        privileged(container, into);
        capabilities(container.at("linuxParameters", "capabilities", "add"), into);
      }
    },
  },
  {
    id: "ci",
    recognises: (path) =>
      /(?:^|\/)(?:\.gitlab-ci|\.travis|appveyor|\.appveyor|azure-pipelines[\w.-]*|bitbucket-pipelines|\.drone|\.woodpecker|\.cirrus|cloudbuild|buildspec|[tT]askfile|\.pre-commit-config|lefthook|\.lefthook|circle|wercker|\.semaphore)\.ya?ml$|\.circleci\/|\.gitlab\/|\.buildkite\/|\.semaphore\/|\.woodpecker\/|\.azure-pipelines\/|\.pipelines\//.test(
        path,
      ),
    scan: scanPipeline,
  },
  {
    id: "compose",
    recognises: (path, root) =>
      root.get("services")?.isMap === true &&
      (/compose[\w.-]*\.(?:ya?ml|json)$/.test(path) ||
        (root.get("services")?.entries() ?? []).some(
          ([, service]) => service.get("image") !== undefined || service.get("build") !== undefined,
        )),
    scan: scanCompose,
  },
  {
    id: "cloud-init",
    recognises: (_path, root) => root.get("runcmd") !== undefined || root.get("bootcmd") !== undefined,
    scan: (root, into) => {
      for (const key of ["runcmd", "bootcmd"]) {
        for (const command of root.get(key)?.items() ?? []) commandLine(command, into);
      }
      for (const row of root.get("mounts")?.items() ?? [])
        into.hits.push(hit("mount-call", `mounts: ${row.texts().join(" ")}`, row.place));
    },
  },
  {
    id: "ansible",
    recognises: (_path, root) => root.isList && root.items().some(looksLikeAnsible),
    scan: scanAnsible,
  },
];

export function scanConfig(path: string, root: ConfigNode, into: ConfigScan): void {
  schemas.find((schema) => schema.recognises(path, root))?.scan(root, into);
}

/** JSON is data far more often than configuration: only these are parsed at all. */
export function mayBeConfiguration(path: string, text: string): boolean {
  return (
    /(?:^|\/)(?:package|composer|deno)\.jsonc?$|devcontainer[\w-]*\.json$|compose[\w.-]*\.json$/.test(path) ||
    /"(?:ociVersion|containerDefinitions|apiVersion)"\s*:/.test(text)
  );
}

function shell(node: ConfigNode, into: ConfigScan, language = "sh"): void {
  const script = node.text;
  if (script === undefined) return;
  // `${{ ... }}` of workflows and `{{.NAME}}` of task files are filled in before the shell sees the text.
  const known = script.replace(
    /\$?\{\{[\s\S]*?\}\}/g,
    (match) => unknownPart + "\n".repeat(match.split("\n").length - 1),
  );
  const found = language === "python" ? into.embed("python", known) : scanShell(known, into.embed);
  const moved = movedTo(found, node.textPlace);
  into.hits.push(...moved.hits);
  if (known === script) into.problems.push(...moved.problems);
}

/** A list is a command line, a text a script. */
function commandLine(node: ConfigNode | undefined, into: ConfigScan): void {
  if (node === undefined) return;
  if (node.isList) words(node.texts(), node.place, into);
  else shell(node, into);
}

function words(argv: readonly string[], at: Place, into: ConfigScan): void {
  const found = scanArgv(argv, into.embed);
  into.hits.push(...found.hits.map((each) => ({ ...each, ...at })));
}

function privileged(node: ConfigNode | undefined, into: ConfigScan): void {
  const field = node?.get("privileged");
  if (field?.isTrue === true) into.hits.push(hit("privileged-container", "privileged: true", field.place));
}

function capabilities(list: ConfigNode | undefined, into: ConfigScan, what = "capability "): void {
  for (const item of list?.items() ?? []) {
    const rule = ruleOfCapability(item.text ?? "");
    if (rule !== undefined) into.hits.push(hit(rule, `${what}${item.text ?? ""}`, item.place));
  }
}

function options(node: ConfigNode | undefined, into: ConfigScan): void {
  if (node === undefined) return;
  const argv = node.isList ? node.texts() : (node.text ?? "").split(/\s+/);
  for (const found of privilegesOf(argv)) into.hits.push(hit(found.rule, found.what, node.place));
}

function unconfined(list: ConfigNode | undefined, into: ConfigScan): void {
  for (const item of list?.items() ?? []) {
    if (isUnconfined(item.text ?? "")) into.hits.push(hit("confinement-off", item.text ?? "", item.place));
  }
}

function scanCompose(root: ConfigNode, into: ConfigScan): void {
  for (const [, service] of root.get("services")?.entries() ?? []) {
    privileged(service, into);
    capabilities(service.get("cap_add"), into, "cap_add: ");
    unconfined(service.get("security_opt"), into);
    for (const key of ["pid", "ipc", "uts", "userns_mode", "cgroup"]) {
      const field = service.get(key);
      if (field?.text === "host") into.hits.push(hit("host-namespace", `${key}: host`, field.place));
    }
    const parent = service.get("cgroup_parent");
    if (parent !== undefined)
      into.hits.push(hit("cgroup-indirect", `cgroup_parent: ${parent.text ?? ""}`, parent.place));
    for (const volume of service.get("volumes")?.items() ?? []) {
      const source = volume.text ?? volume.get("source")?.text ?? "";
      if (
        /^\/sys\/fs\/cgroup(?::|\/|$)(?!.*:ro\b)/.test(source) &&
        volume.get("read_only")?.isTrue !== true
      ) {
        into.hits.push(hit("cgroup-indirect", source, volume.place));
      }
    }
    commandLine(service.get("entrypoint"), into);
    commandLine(service.get("command"), into);
    const test = service.at("healthcheck", "test");
    if (test?.isList === true) {
      const [form, ...rest] = test.texts();
      if (form === "CMD") words(rest, test.place, into);
      if (form === "CMD-SHELL") words(["sh", "-c", ...rest], test.place, into);
    } else commandLine(test, into);
    for (const hook of ["post_start", "pre_stop"]) {
      for (const item of service.get(hook)?.items() ?? []) {
        privileged(item, into);
        commandLine(item.get("command"), into);
      }
    }
    privileged(service.get("build"), into);
  }
}

/** Kinds that describe or forbid settings instead of having them. */
const descriptions =
  /^(?:CustomResourceDefinition|PodSecurityPolicy|SecurityContextConstraints|(?:Cluster)?Policy|ConstraintTemplate|ValidatingAdmissionPolicy|MutatingAdmissionPolicy|OpenAPI\w*)$/;

function scanKubernetes(root: ConfigNode, into: ConfigScan): void {
  const kind = root.get("kind")?.text ?? "";
  if (descriptions.test(kind)) return;
  if (kind === "ConfigMap") {
    for (const [name, data] of root.get("data")?.entries() ?? []) {
      if (/\.(?:sh|bash)$/.test(name) || /^#!.*\b(?:ba|da)?sh\b/.test(data.text ?? "")) shell(data, into);
    }
    return;
  }
  for (const node of root.everything()) {
    const context = node.get("securityContext");
    privileged(context, into);
    capabilities(context?.at("capabilities", "add"), into, "capabilities.add: ");
    const seccomp = context?.at("seccompProfile", "type");
    if (seccomp?.text === "Unconfined")
      into.hits.push(hit("confinement-off", "seccompProfile: Unconfined", seccomp.place));
    for (const key of ["hostPID", "hostIPC"]) {
      const field = node.get(key);
      if (field?.isTrue === true) into.hits.push(hit("host-namespace", `${key}: true`, field.place));
    }
    const propagation = node.get("mountPropagation");
    if (propagation?.text === "Bidirectional")
      into.hits.push(hit("host-namespace", "mountPropagation: Bidirectional", propagation.place));
    const host = node.at("hostPath", "path");
    if (/^\/sys\/fs\/cgroup(?:\/|$)/.test(host?.text ?? ""))
      into.hits.push(hit("cgroup-indirect", `hostPath ${host?.text ?? ""}`, host?.place ?? node.place));
    if (node.get("image") !== undefined) {
      const command = node.get("command");
      const argv = [...(command?.texts() ?? []), ...(node.get("args")?.texts() ?? [])];
      if (command?.isList === true) words(argv, command.place, into);
      const script = node.get("script");
      if (script !== undefined) shell(script, into);
    }
    const exec = node.at("exec", "command");
    if (exec !== undefined) commandLine(exec, into);
  }
}

function scanWorkflow(root: ConfigNode, into: ConfigScan): void {
  const steps = [...(root.at("runs", "steps")?.items() ?? [])].map((step) => ({
    step,
    shell: undefined as string | undefined,
    isWindows: false,
  }));
  const defaultShell = root.at("defaults", "run", "shell")?.text;
  for (const [, job] of root.get("jobs")?.entries() ?? []) {
    options(job.at("container", "options"), into);
    for (const [, service] of job.get("services")?.entries() ?? []) options(service.get("options"), into);
    const jobShell = job.at("defaults", "run", "shell")?.text ?? defaultShell;
    const isWindows = (job.get("runs-on")?.texts() ?? []).some((label) => /^windows/i.test(label));
    steps.push(...(job.get("steps")?.items() ?? []).map((step) => ({ step, shell: jobShell, isWindows })));
  }
  for (const { step, shell: inherited, isWindows } of steps) {
    const program =
      (step.get("shell")?.text ?? inherited ?? (isWindows ? "pwsh" : "bash")).split(/\s+/)[0] ?? "";
    const run = step.get("run");
    if (run !== undefined && /^(?:ba|da|z|k)?sh$/.test(program)) shell(run, into);
    if (run !== undefined && program.startsWith("python")) shell(run, into, "python");
    const uses = step.get("uses")?.text ?? "";
    options(step.at("with", "options"), into);
    for (const key of uses.includes("github-script") ? [] : ["run", "script", "pre", "prepare"]) {
      const script = step.at("with", key);
      if (script !== undefined) shell(script, into);
    }
  }
}

/** CI systems whose files hand lists of commands to a shell under well-known keys. */
const scriptKeys =
  /^(?:script|before_script|after_script|before_install|install|after_success|after_failure|before_deploy|after_deploy|run|command|commands|cmds|cmd|bash|sh|steps|entry|build_script|test_script|setup_script|install_script)$/;

function scanPipeline(root: ConfigNode, into: ConfigScan): void {
  for (const node of root.everything()) {
    privileged(node, into);
    capabilities(node.get("cap_add"), into, "cap_add: ");
    for (const [key, value] of node.entries()) {
      if (!scriptKeys.test(key)) continue;
      if (value.text !== undefined) shell(value, into);
      for (const item of value.items()) {
        if (item.text !== undefined) shell(item, into);
        if (item.isList) for (const inner of item.items()) shell(inner, into);
      }
    }
  }
}

function scanDevcontainer(root: ConfigNode, into: ConfigScan): void {
  privileged(root, into);
  capabilities(root.get("capAdd"), into, "capAdd: ");
  unconfined(root.get("securityOpt"), into);
  options(root.get("runArgs"), into);
  for (const key of [
    "initializeCommand",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
  ]) {
    const command = root.get(key);
    if (command?.isMap === true) for (const [, each] of command.entries()) commandLine(each, into);
    else commandLine(command, into);
  }
}

function scanOci(root: ConfigNode, into: ConfigScan): void {
  for (const [name, list] of root.at("process", "capabilities")?.entries() ?? [])
    capabilities(list, into, `${name}: `);
  const argv = root.at("process", "args");
  if (argv !== undefined) words(argv.texts(), argv.place, into);
  for (const mount of root.get("mounts")?.items() ?? []) {
    const type = mount.get("type")?.text ?? "";
    const rule =
      type === "overlay" ? "overlayfs-mount" : /^cgroup2?$/.test(type) ? "cgroup-mount" : "mount-call";
    into.hits.push(
      hit(rule, `mount of type ${type} at ${mount.get("destination")?.text ?? ""}`, mount.place),
    );
  }
  for (const namespace of root.at("linux", "namespaces")?.items() ?? []) {
    into.hits.push(
      hit("namespace-clone", `new ${namespace.get("type")?.text ?? ""} namespace`, namespace.place),
    );
  }
  const cgroups = root.at("linux", "cgroupsPath");
  if (cgroups !== undefined)
    into.hits.push(hit("cgroup-indirect", `cgroupsPath ${cgroups.text ?? ""}`, cgroups.place));
}

const ansibleShell = /^(?:ansible\.builtin\.)?(?:shell|command|raw|script)$/;
const ansibleMount = /^(?:ansible\.posix\.)?mount$/;

function looksLikeAnsible(item: ConfigNode): boolean {
  return (
    item.entries().some(([key]) => /^(?:hosts|tasks|roles|ansible\.\w+\.\w+)$/.test(key)) ||
    (item.get("name") !== undefined &&
      item.entries().some(([key]) => ansibleShell.test(key) || ansibleMount.test(key)))
  );
}

function scanAnsible(root: ConfigNode, into: ConfigScan): void {
  for (const node of root.everything()) {
    if (
      node.get("name") === undefined &&
      node.get("register") === undefined &&
      node.get("become") === undefined &&
      !node.entries().some(([key]) => key.startsWith("ansible."))
    )
      continue;
    for (const [key, value] of node.entries()) {
      if (ansibleShell.test(key)) {
        commandLine(value.isMap ? (value.get("cmd") ?? value.get("argv")) : value, into);
      }
      if (
        ansibleMount.test(key) &&
        value.isMap &&
        /^(?:mounted|unmounted|ephemeral|remounted)$/.test(value.get("state")?.text ?? "")
      ) {
        into.hits.push(hit("mount-call", `${key}: ${value.get("state")?.text ?? ""}`, value.place));
      }
      if (/^(?:community\.general\.)?modprobe$/.test(key) && value.isMap)
        into.hits.push(hit("kernel-module", key, value.place));
      if (/^(?:ansible\.posix\.)?sysctl$/.test(key) && value.isMap)
        into.hits.push(hit("system-state", key, value.place));
    }
  }
}
