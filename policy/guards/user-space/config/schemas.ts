/**
 * Configuration by schema: what a field means depends on the file it stands in. `privileged: true` of a compose
 * service gives every capability; the same two words in an API description, a policy or any other YAML mean
 * nothing. Each schema says how it is recognised and what it hands to a shell or to the kernel.
 */
import { script, type ConfigScan } from "./judge.ts";
import type { ConfigNode } from "./node.ts";
import { scanCompose } from "./schemas/compose.ts";
import {
  scanCloudFormation,
  scanDevcontainer,
  scanEcsTask,
  scanOci,
  scanTasks,
} from "./schemas/containers.ts";
import { scanHelmValues, scanKubernetes, scanPatches } from "./schemas/kubernetes.ts";
import { scanGitHub, scanPipeline } from "./schemas/pipelines.ts";
import { looksLikeAnsible, scanAnsible, scanBlocks, scanCloudInit } from "./schemas/provisioning.ts";

export type { ConfigScan } from "./judge.ts";
export { scanBlocks } from "./schemas/provisioning.ts";

interface Schema {
  readonly id: string;
  recognises(path: string, root: ConfigNode): boolean;
  scan(root: ConfigNode, into: ConfigScan): void;
}

/** Tried in order; the first that recognises a document reads it. */
const schemas: readonly Schema[] = [
  { id: "oci-config", recognises: (_path, root) => root.get("ociVersion") !== undefined, scan: scanOci },
  {
    id: "package-scripts",
    recognises: (path) => /(?:^|\/)(?:package|composer|deno)\.jsonc?$/.test(path),
    scan: (root, into) => {
      for (const key of ["scripts", "tasks"]) {
        for (const [, command] of root.get(key)?.entries() ?? []) {
          for (const each of command.isList ? command.items() : [command.get("command") ?? command])
            script(each, into);
        }
      }
    },
  },
  { id: "terraform-json", recognises: (path) => path.endsWith(".tf.json"), scan: scanBlocks },
  {
    id: "devcontainer",
    recognises: (path) =>
      /(?:^|\/)\.?devcontainer(?:\/[\w-]+)*(?:\/devcontainer)?\.json$|devcontainer\.json$|devcontainer-feature\.json$/.test(
        path,
      ),
    scan: scanDevcontainer,
  },
  { id: "vscode-tasks", recognises: (path) => /(?:^|\/)\.vscode\/tasks\.json$/.test(path), scan: scanTasks },
  {
    id: "kubernetes",
    recognises: (_path, root) => root.get("apiVersion") !== undefined && root.get("kind") !== undefined,
    scan: scanKubernetes,
  },
  {
    id: "cloudformation",
    recognises: (_path, root) =>
      (root.get("Resources")?.entries() ?? []).some(([, each]) =>
        /^(?:AWS|Custom)::/.test(each.get("Type")?.text ?? ""),
      ),
    scan: scanCloudFormation,
  },
  {
    id: "github-workflow",
    recognises: (path, root) =>
      /\.github\/workflows\//.test(path) ||
      root.at("runs", "using") !== undefined ||
      (root.get("jobs") !== undefined && root.get("on") !== undefined),
    scan: scanGitHub,
  },
  {
    id: "ecs-task",
    recognises: (_path, root) => root.get("containerDefinitions") !== undefined,
    scan: scanEcsTask,
  },
  {
    id: "ci",
    recognises: (path) =>
      /(?:^|\/)(?:\.gitlab-ci|\.travis|appveyor|\.appveyor|azure-pipelines[\w.-]*|bitbucket-pipelines|\.drone|\.woodpecker|\.cirrus|cloudbuild|buildspec[\w.-]*|[tT]askfile|\.pre-commit-config|lefthook|\.lefthook|circle|wercker|\.semaphore|snapcraft|charmcraft|rockcraft)\.ya?ml$|[\w-]+\.gitlab-ci\.ya?ml$|\.circleci\/|\.gitlab\/|\.buildkite\/|\.semaphore\/|\.woodpecker\/|\.azure-pipelines\/|\.pipelines\//.test(
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
    recognises: (_path, root) =>
      root.get("runcmd") !== undefined ||
      root.get("bootcmd") !== undefined ||
      root.get("write_files") !== undefined,
    scan: scanCloudInit,
  },
  {
    id: "helm-values",
    recognises: (path, root) => /(?:^|\/)values[\w.-]*\.ya?ml$/.test(path) && root.isMap,
    scan: scanHelmValues,
  },
  {
    id: "kustomize-patch",
    recognises: (_path, root) =>
      root.items().some((item) => item.get("op") !== undefined && item.get("path") !== undefined),
    scan: scanPatches,
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
    /(?:^|\/)(?:package|composer|deno)\.jsonc?$|devcontainer[\w-]*\.json$|compose[\w.-]*\.json$|\.tf\.json$|\.vscode\/tasks\.json$/.test(
      path,
    ) || /"(?:ociVersion|containerDefinitions|apiVersion|Resources)"\s*:/.test(text)
  );
}
