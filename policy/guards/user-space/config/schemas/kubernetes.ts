/** Kubernetes: pods wherever they stand (workloads, lists, workflows of Argo and Tekton), values of Helm, patches. */
import { hit } from "../../hit.ts";
import {
  capabilities,
  commandLine,
  hostNamespaces,
  privileged,
  scriptByItself,
  words,
  type ConfigScan,
} from "../judge.ts";
import type { ConfigNode } from "../node.ts";

/** Kinds and groups that describe or forbid settings instead of having them. */
const descriptions =
  /^(?:CustomResourceDefinition|PodSecurityPolicy|SecurityContextConstraints|(?:Cluster)?Policy|ConstraintTemplate|ValidatingAdmissionPolicy|MutatingAdmissionPolicy|OpenAPI\w*)$/;
const describingGroups =
  /^(?:constraints\.gatekeeper\.sh|templates\.gatekeeper\.sh|kyverno\.io|policies\.kyverno\.io|policy|security\.openshift\.io|admissionregistration\.k8s\.io|apiextensions\.k8s\.io|policy\.open-cluster-management\.io)\//;

export function scanKubernetes(root: ConfigNode, into: ConfigScan): void {
  const kind = root.get("kind")?.text ?? "";
  if (descriptions.test(kind) || describingGroups.test(root.get("apiVersion")?.text ?? "")) return;
  if (kind === "ConfigMap") {
    for (const [name, data] of root.get("data")?.entries() ?? []) {
      if (/\.(?:sh|bash)$/.test(name) || /^#!.*\b(?:ba|da)?sh\b/.test(data.text ?? ""))
        scriptByItself(data, into);
    }
    return;
  }
  if (kind === "List") {
    for (const item of root.get("items")?.items() ?? []) scanKubernetes(item, into);
    return;
  }
  for (const node of root.everything()) scanPod(node, into);
}

/** One node of a manifest: it may be a pod, a container, a volume, a probe. */
function scanPod(node: ConfigNode, into: ConfigScan): void {
  securityContext(node.get("securityContext"), into);
  hostNamespaces(node, ["hostPID", "hostIPC"], into);
  for (const [key, value] of node.get("annotations")?.entries() ?? []) {
    if (key.startsWith("container.apparmor.security.beta.kubernetes.io/") && value.text === "unconfined")
      into.hits.push(hit("confinement-off", `${key}: unconfined`, value.place));
  }
  const propagation = node.get("mountPropagation");
  if (propagation?.text === "Bidirectional")
    into.hits.push(hit("host-namespace", "mountPropagation: Bidirectional", propagation.place));
  const host = node.at("hostPath", "path");
  if (/^\/sys\/fs\/cgroup(?:\/|$)/.test(host?.text ?? ""))
    into.hits.push(hit("cgroup-indirect", `hostPath ${host?.text ?? ""}`, host?.place ?? node.place));
  if (node.get("image") !== undefined) scanContainer(node, into);
  commandLine(node.at("exec", "command"), into);
}

function scanContainer(node: ConfigNode, into: ConfigScan): void {
  const command = node.get("command");
  const argv = [...(command?.texts() ?? []), ...(node.get("args")?.texts() ?? [])];
  if (command?.isList === true) words(argv, command.place, into);
  // Tekton calls it `script`, Argo `source`.
  scriptByItself(node.get("script"), into);
  if (/^(?:\/bin\/)?(?:ba|da|a)?sh$|^python/.test(command?.texts()[0] ?? ""))
    scriptByItself(node.get("source"), into);
}

export function securityContext(context: ConfigNode | undefined, into: ConfigScan): void {
  if (context === undefined) return;
  privileged(context, into);
  capabilities(context.at("capabilities", "add"), into, "capabilities.add: ");
  for (const key of ["seccompProfile", "appArmorProfile"]) {
    const type = context.at(key, "type");
    if (type?.text === "Unconfined") into.hits.push(hit("confinement-off", `${key}: Unconfined`, type.place));
  }
  const procMount = context.get("procMount");
  if (procMount?.text === "Unmasked")
    into.hits.push(hit("confinement-off", "procMount: Unmasked", procMount.place));
  const label = context.at("seLinuxOptions", "type");
  if (label?.text === "spc_t")
    into.hits.push(hit("confinement-off", "seLinuxOptions type: spc_t", label.place));
}

/** Values of a Helm chart: what will be filled into a pod stands under the same keys. */
export function scanHelmValues(root: ConfigNode, into: ConfigScan): void {
  for (const node of root.everything()) {
    for (const [key, value] of node.entries()) {
      if (/securityContext$/i.test(key)) securityContext(value, into);
    }
    hostNamespaces(node, ["hostPID", "hostIPC"], into);
  }
}

/** JSON patches of Kustomize: a path, and what is put there. */
export function scanPatches(root: ConfigNode, into: ConfigScan): void {
  for (const item of root.items()) {
    const path = item.get("path")?.text ?? "";
    const value = item.get("value");
    if (value === undefined) continue;
    if (path.endsWith("/securityContext/privileged") && value.isTrue)
      into.hits.push(hit("privileged-container", `${path}: true`, value.place));
    if (/\/capabilities\/add(?:\/[\d-]+)?$/.test(path)) capabilities(value, into, "capabilities.add: ");
    if (path.endsWith("/securityContext")) securityContext(value, into);
    if (/\/host(?:PID|IPC)$/.test(path) && value.isTrue)
      into.hits.push(hit("host-namespace", `${path}: true`, value.place));
  }
}
