/** Containers described as JSON: devcontainers, OCI runtimes, tasks of ECS, and CloudFormation around them. */
import { hit } from "../../hit.ts";
import { ruleOfMountType } from "../../rules/targets.ts";
import {
  capabilities,
  commandLine,
  hostNamespaces,
  options,
  privileged,
  scriptByItself,
  unconfined,
  words,
  type ConfigScan,
} from "../judge.ts";
import type { ConfigNode } from "../node.ts";

const devcontainerCommands = [
  "initializeCommand",
  "onCreateCommand",
  "updateContentCommand",
  "postCreateCommand",
  "postStartCommand",
  "postAttachCommand",
];

export function scanDevcontainer(root: ConfigNode, into: ConfigScan): void {
  privileged(root, into);
  capabilities(root.get("capAdd"), into, "capAdd: ");
  unconfined(root.get("securityOpt"), into);
  options(root.get("runArgs"), into);
  for (const key of devcontainerCommands) {
    const command = root.get(key);
    if (command?.isMap === true) for (const [, each] of command.entries()) commandLine(each, into);
    else commandLine(command, into);
  }
}

export function scanOci(root: ConfigNode, into: ConfigScan): void {
  for (const [name, list] of root.at("process", "capabilities")?.entries() ?? [])
    capabilities(list, into, `${name}: `);
  const argv = root.at("process", "args");
  if (argv !== undefined) words(argv.texts(), argv.place, into);
  for (const mount of root.get("mounts")?.items() ?? []) {
    const type = mount.get("type")?.text ?? "";
    const what = `mount of type ${type} at ${mount.get("destination")?.text ?? ""}`;
    into.hits.push(hit(ruleOfMountType(type), what, mount.place));
  }
  for (const namespace of root.at("linux", "namespaces")?.items() ?? [])
    into.hits.push(
      hit("namespace-clone", `new ${namespace.get("type")?.text ?? ""} namespace`, namespace.place),
    );
  const cgroups = root.at("linux", "cgroupsPath");
  if (cgroups !== undefined)
    into.hits.push(hit("cgroup-indirect", `cgroupsPath ${cgroups.text ?? ""}`, cgroups.place));
}

export function scanEcsTask(root: ConfigNode, into: ConfigScan): void {
  hostNamespaces(root, ["pidMode", "ipcMode"], into);
  for (const container of root.get("containerDefinitions")?.items() ?? []) {
    privileged(container, into);
    capabilities(container.at("linuxParameters", "capabilities", "add"), into);
    const entry = container.get("entryPoint") ?? container.get("command");
    const argv = [
      ...(container.get("entryPoint")?.texts() ?? []),
      ...(container.get("command")?.texts() ?? []),
    ];
    if (entry !== undefined) words(argv, entry.place, into);
  }
}

export function scanCloudFormation(root: ConfigNode, into: ConfigScan): void {
  for (const [, resource] of root.get("Resources")?.entries() ?? []) {
    const type = resource.get("Type")?.text ?? "";
    const properties = resource.get("Properties");
    if (properties === undefined) continue;
    if (type === "AWS::ECS::TaskDefinition") {
      hostNamespaces(properties, ["PidMode", "IpcMode"], into);
      for (const container of properties.get("ContainerDefinitions")?.items() ?? []) {
        privileged(container, into, "Privileged");
        capabilities(container.at("LinuxParameters", "Capabilities", "Add"), into);
      }
    }
    if (type === "AWS::Batch::JobDefinition")
      privileged(properties.get("ContainerProperties"), into, "Privileged");
    if (type === "AWS::CodeBuild::Project") privileged(properties.get("Environment"), into, "PrivilegedMode");
    const data = properties.get("UserData") ?? properties.at("LaunchTemplateData", "UserData");
    const encoded = data?.get("Fn::Base64") ?? data;
    const substituted = encoded?.get("Fn::Sub");
    scriptByItself(substituted?.items()[0] ?? substituted ?? encoded, into);
  }
}

/** Tasks of Visual Studio Code. */
export function scanTasks(root: ConfigNode, into: ConfigScan): void {
  for (const task of root.get("tasks")?.items() ?? []) {
    const command = task.get("command");
    if (command?.text === undefined) continue;
    const more = task.get("args")?.texts() ?? [];
    if (task.get("type")?.text === "process" || more.length > 0)
      words([command.text, ...more], command.place, into);
    else commandLine(command, into);
  }
}
