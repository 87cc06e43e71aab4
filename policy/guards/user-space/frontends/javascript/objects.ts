/**
 * Container settings written as objects, for the clients of Docker and Kubernetes and for infrastructure that is
 * described in code: by key, and only inside their own parent key. `privileged: true` of a user record is nothing.
 */
import { hit, type Hit } from "../../hit.ts";
import { isUnconfined } from "../../shell/containers.ts";
import {
  ancestorsOf,
  fieldText,
  kindOf,
  nodesOf,
  placeOf,
  textOf,
  type Node,
} from "../../syntax/ast-grep.ts";

export interface ObjectReader {
  /** Whether this file uses a client in whose objects `privileged` means a container. */
  readonly usesContainerClient: boolean;
  words(value: Node): readonly string[];
  capabilities(names: readonly string[], key: string, at: Node): Hit[];
}

const settings =
  /^["']?(?:[pP]rivileged(?:Mode)?|[cC]apAdd|cap_add|add|[hH]ostP[iI][dD]|[hH]ostI[pP][cC]|[pP]idMode|[iI]pcMode|UTSMode|[uU]sernsMode|[cC]groupnsMode|[cC]groupParent|[sS]ecurityOpts?)["']?$/;

export function containerHits(root: Node, reader: ObjectReader): Hit[] {
  return nodesOf(root, ["pair"]).flatMap((pair) =>
    settings.test(fieldText(pair, "key")) ? judge(pair, reader) : [],
  );
}

function judge(pair: Node, reader: ObjectReader): Hit[] {
  const key = keyOf(pair);
  const value = pair.field("value");
  if (value === null) return [];
  const parents = ancestorsOf(pair)
    .filter((each) => kindOf(each) === "pair")
    .map(keyOf);
  const isHostConfig = parents.some((each) => /^[hH]ostConfig$/.test(each));
  const isContainer = isHostConfig || parents.some((each) => /^securityContext$/.test(each));
  const inInfrastructure =
    reader.usesContainerClient &&
    /^(?:environment|containers?|containerDefinitions|linuxParameters)$/.test(parents[0] ?? "environment");
  const isTrue = textOf(value) === "true";
  const host = reader.words(value).join(" ") === "host";
  switch (key) {
    case "privileged":
    case "Privileged":
    case "privilegedMode":
    case "PrivilegedMode":
      return (isContainer || inInfrastructure) && isTrue
        ? [hit("privileged-container", `${key}: true`, placeOf(pair))]
        : [];
    case "hostPID":
    case "hostIPC":
    case "hostPid":
    case "hostIpc":
      return isTrue &&
        (parents.some((each) => /^(?:spec|podSpec|template)$/.test(each)) || reader.usesContainerClient)
        ? [hit("host-namespace", `${key}: true`, placeOf(pair))]
        : [];
    case "PidMode":
    case "IpcMode":
    case "UTSMode":
    case "UsernsMode":
    case "CgroupnsMode":
      return isHostConfig && host ? [hit("host-namespace", `${key}: host`, placeOf(pair))] : [];
    case "pidMode":
    case "ipcMode":
      return reader.usesContainerClient && host ? [hit("host-namespace", `${key}: host`, placeOf(pair))] : [];
    case "CgroupParent":
      return isHostConfig ? [hit("cgroup-indirect", key, placeOf(pair))] : [];
    case "SecurityOpt":
      return isHostConfig
        ? reader
            .words(value)
            .filter(isUnconfined)
            .map((option) => hit("confinement-off", option, placeOf(pair)))
        : [];
    case "add":
      return isContainer && parents[0] === "capabilities"
        ? reader.capabilities(reader.words(value), key, pair)
        : [];
    default:
      return /^(?:[cC]apAdd|cap_add)$/.test(key) && (isContainer || inInfrastructure)
        ? reader.capabilities(reader.words(value), key, pair)
        : [];
  }
}

function keyOf(pair: Node): string {
  return fieldText(pair, "key").replace(/["']/g, "");
}
