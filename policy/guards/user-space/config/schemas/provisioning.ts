/** What sets machines up: Ansible, cloud-init, and the blocks of Terraform, Nomad and Packer. */
import { hit } from "../../hit.ts";
import {
  capabilities,
  commandLine,
  hostNamespaces,
  privileged,
  script,
  scriptByItself,
  unconfined,
  words,
  type ConfigScan,
} from "../judge.ts";
import type { ConfigNode } from "../node.ts";
import { scanKubernetes } from "./kubernetes.ts";

const ansibleShell = /^(?:ansible\.builtin\.)?(?:shell|command|raw|script)$/;
const ansibleMount = /^(?:ansible\.posix\.)?mount$/;
const ansibleState: readonly { readonly module: RegExp; readonly rule: string }[] = [
  { module: /^(?:community\.general\.)?modprobe$/, rule: "kernel-module" },
  { module: /^(?:ansible\.posix\.)?sysctl$/, rule: "system-state" },
  { module: /^(?:ansible\.builtin\.)?reboot$/, rule: "system-state" },
  { module: /^(?:ansible\.builtin\.)?hostname$/, rule: "system-state" },
  { module: /^(?:community\.general\.)?capabilities$/, rule: "cap-privileged" },
];

export function looksLikeAnsible(item: ConfigNode): boolean {
  return (
    item.entries().some(([key]) => /^(?:hosts|tasks|roles|block|ansible\.\w+\.\w+)$/.test(key)) ||
    (item.get("name") !== undefined &&
      item.entries().some(([key]) => ansibleShell.test(key) || ansibleMount.test(key)))
  );
}

export function scanAnsible(root: ConfigNode, into: ConfigScan): void {
  for (const play of root.items()) scanTask(play, into);
}

/** A task, a block of tasks, or a play. */
function scanTask(task: ConfigNode, into: ConfigScan): void {
  for (const [key, value] of task.entries()) {
    if (/^(?:tasks|pre_tasks|post_tasks|handlers|block|rescue|always)$/.test(key)) {
      for (const each of value.items()) scanTask(each, into);
    }
    if (ansibleShell.test(key))
      commandLine(value.isMap ? (value.get("cmd") ?? value.get("argv")) : value, into);
    const state = value.get("state")?.text ?? "";
    if (ansibleMount.test(key) && /^(?:mounted|unmounted|ephemeral|remounted)$/.test(state))
      into.hits.push(hit("mount-call", `${key}: ${state}`, value.place));
    const row = ansibleState.find((each) => each.module.test(key));
    if (row !== undefined && value.isMap && state !== "absent")
      into.hits.push(hit(row.rule, key, value.place));
  }
}

export function scanCloudInit(root: ConfigNode, into: ConfigScan): void {
  for (const key of ["runcmd", "bootcmd"]) {
    for (const command of root.get(key)?.items() ?? []) commandLine(command, into);
  }
  for (const row of root.get("mounts")?.items() ?? [])
    into.hits.push(hit("mount-call", `mounts: ${row.texts().join(" ")}`, row.place));
  for (const file of root.get("write_files")?.items() ?? []) {
    const path = file.get("path")?.text;
    if (path !== undefined && file.get("encoding") === undefined)
      script(file.get("content"), into, path.replace(/^\/+/, ""));
  }
}

/** Blocks whose contents are descriptions, not things that will exist. */
const declarations = /^(?:variable|output|locals|terraform|provider|check|moved|import)$/;

/** Terraform, Nomad and Packer: by block and key, wherever they stand. `.tf.json` has the labels as keys. */
export function scanBlocks(root: ConfigNode, into: ConfigScan): void {
  for (const [key, value] of root.entries()) {
    if (declarations.test(key)) continue;
    if (value.labels[0] === "kubernetes_manifest") scanKubernetes(value.get("manifest") ?? value, into);
    else for (const node of value.everything()) scanBlock(node, into);
  }
}

const userData =
  /^(?:user_data|user_data_base64|custom_data|startup_script|metadata_startup_script|startup-script|user-data|content|shutdown-script)$/;

function scanBlock(node: ConfigNode, into: ConfigScan): void {
  if (!node.isMap) return;
  privileged(node, into);
  privileged(node, into, "privileged_mode");
  capabilities(node.get("cap_add"), into, "cap_add: ");
  for (const [key, value] of node.entries())
    if (key === "capabilities") capabilities(value.get("add"), into, "capabilities.add: ");
  hostNamespaces(
    node,
    ["host_pid", "host_ipc", "pid_mode", "ipc_mode", "userns_mode", "pidMode", "ipcMode"],
    into,
  );
  unconfined(node.get("security_opts") ?? node.get("security_opt"), into);
  for (const [key, value] of node.entries()) {
    if (
      userData.test(key) &&
      (key !== "content" || /^#(?:!|cloud-config)/.test(value.text?.trimStart() ?? ""))
    )
      scriptByItself(value, into);
    if (key === "inline") for (const line of value.items()) script(line, into);
    if (key === "program") words(value.texts(), value.place, into);
    if (key === "yaml_body") script(value, into, "manifest.yaml");
    if (key === "container_definitions" && value.text !== undefined) taskDefinitions(value, into);
  }
  command(node, into);
}

/** `command` is a script for provisioners, a list for containers, and a program beside `args` for jobs of Nomad. */
function command(node: ConfigNode, into: ConfigScan): void {
  const program = node.get("command");
  const given = node.get("args");
  if (program?.isList === true) words([...program.texts(), ...(given?.texts() ?? [])], program.place, into);
  else if (given !== undefined && program?.text !== undefined)
    words([program.text, ...given.texts()], program.place, into);
  else script(program, into);
  const entry = node.get("entrypoint");
  if (entry?.isList === true) words(entry.texts(), entry.place, into);
}

/** ECS takes its containers as JSON in a text. */
function taskDefinitions(value: ConfigNode, into: ConfigScan): void {
  const found = into.embed("task.json", `{"containerDefinitions": ${value.text ?? "[]"}}`);
  const { line } = value.textPlace;
  into.hits.push(...found.hits.map((each) => ({ ...each, line: line + each.line - 1 })));
}
