/** Docker Compose: services, their commands, and volumes that the daemon mounts. */
import { hit } from "../../hit.ts";
import { ruleOfMountType } from "../../rules/targets.ts";
import {
  capabilities,
  commandLine,
  hostNamespaces,
  privileged,
  script,
  unconfined,
  words,
  type ConfigScan,
} from "../judge.ts";
import type { ConfigNode } from "../node.ts";

export function scanCompose(root: ConfigNode, into: ConfigScan): void {
  for (const [, service] of root.get("services")?.entries() ?? []) scanService(service, into);
  for (const [, volume] of root.get("volumes")?.entries() ?? []) {
    const type = volume.at("driver_opts", "type");
    // The daemon mounts it for us; `nfs` and `none` are ordinary volumes by another name.
    if (type !== undefined && ruleOfMountType(type.text ?? "") !== "mount-call")
      into.hits.push(
        hit(ruleOfMountType(type.text ?? ""), `driver_opts type: ${type.text ?? ""}`, type.place),
      );
  }
}

export function scanService(service: ConfigNode, into: ConfigScan): void {
  privileged(service, into);
  privileged(service.get("build"), into);
  capabilities(service.get("cap_add"), into, "cap_add: ");
  unconfined(service.get("security_opt"), into);
  hostNamespaces(service, ["pid", "ipc", "uts", "userns_mode", "cgroup"], into);
  const parent = service.get("cgroup_parent");
  if (parent !== undefined)
    into.hits.push(hit("cgroup-indirect", `cgroup_parent: ${parent.text ?? ""}`, parent.place));
  for (const volume of service.get("volumes")?.items() ?? []) {
    const source = volume.text ?? volume.get("source")?.text ?? "";
    if (/^\/sys\/fs\/cgroup(?::|\/|$)(?!.*:ro\b)/.test(source) && volume.get("read_only")?.isTrue !== true)
      into.hits.push(hit("cgroup-indirect", source, volume.place));
  }
  commandLine(service.get("entrypoint"), into);
  commandLine(service.get("command"), into);
  healthcheck(service.at("healthcheck", "test"), into);
  for (const hook of ["post_start", "pre_stop"]) {
    for (const item of service.get(hook)?.items() ?? []) {
      privileged(item, into);
      commandLine(item.get("command"), into);
    }
  }
}

function healthcheck(test: ConfigNode | undefined, into: ConfigScan): void {
  if (test?.isList !== true) {
    script(test, into);
    return;
  }
  const [form, ...rest] = test.texts();
  if (form === "CMD") words(rest, test.place, into);
  if (form === "CMD-SHELL") words(["sh", "-c", ...rest], test.place, into);
}
