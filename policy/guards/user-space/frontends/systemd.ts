/**
 * systemd units and the container units of Podman: commands of `Exec*=`, capabilities given, roots changed, mount units.
 *
 * The rule for sandboxing: what systemd sets up to confine a service (`PrivateTmp=`, `PrivateMounts=`, `PrivateUsers=`,
 * `ProtectSystem=`, `BindPaths=`, `ReadOnlyPaths=`, `RestrictNamespaces=` ...) takes privileges away and is not a finding,
 * though systemd uses mounts and namespaces for it. What gives another root, an image or somebody else's namespace is.
 * Limits (`MemoryMax=`) are set for the service, not by it; `Delegate=` hands it the control group itself.
 */
import { distinct, hit, type Hit, type Problem, type ScanResult } from "../hit.ts";
import type { FrontEnd } from "../frontend.ts";
import { ruleOfCapabilities, ruleOfMountType } from "../rules/targets.ts";
import { isUnconfined, privilegesOf } from "../shell/containers.ts";
import { scanShell, unknownPart } from "../shell/shell-script.ts";

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => {
    const hits: Hit[] = [];
    const problems: Problem[] = [];
    const fields = fieldsOf(source.text);
    for (const { section, key, value, line } of fields) {
      const at = { line, column: 1 };
      const isCommand =
        /^Exec(?:Start|Stop|Reload|Condition)(?:Pre|Post)?$/.test(key) ||
        (section === "Container" && key === "Exec");
      if (isCommand && value !== "") {
        const command = value.replace(/^[-@:+!|]+/, "").replace(/%./g, unknownPart);
        const found: ScanResult = scanShell(command, surroundings.embed);
        hits.push(...found.hits.map((each) => ({ ...each, ...at })));
      }
      hits.push(...judge(section, key, value).map((found) => hit(found.rule, found.what, at)));
    }
    const mount = fields.find((field) => field.section === "Mount" && field.key === "What");
    if (mount !== undefined) {
      const type = fields.find((field) => field.section === "Mount" && field.key === "Type")?.value ?? "";
      hits.push(
        hit(ruleOfMountType(type), `mount unit of ${mount.value}`, {
          line: mount.line,
          column: 1,
        }),
      );
    }
    for (const [section, key, rule] of [
      ["Automount", "Where", "mount-call"],
      ["Swap", "What", "system-state"],
    ] as const) {
      const unit = fields.find((field) => field.section === section && field.key === key);
      if (unit !== undefined)
        hits.push(
          hit(rule, `${section.toLowerCase()} unit of ${unit.value}`, { line: unit.line, column: 1 }),
        );
    }
    return { hits: distinct(hits), problems };
  },
};

interface Field {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

function fieldsOf(text: string): Field[] {
  const lines = text.split(/\r?\n/);
  const fields: Field[] = [];
  let section = "";
  for (let index = 0; index < lines.length; index += 1) {
    const first = index;
    let line = lines[index] ?? "";
    if (/^\s*[#;]/.test(line)) continue;
    while (line.endsWith("\\") && index + 1 < lines.length) {
      index += 1;
      line = `${line.slice(0, -1)} ${lines[index] ?? ""}`;
    }
    section = /^\[(\w+)\]/.exec(line)?.[1] ?? section;
    const pair = /^([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (pair?.[1] !== undefined)
      fields.push({ section, key: pair[1], value: pair[2] ?? "", line: first + 1 });
  }
  return fields;
}

function judge(section: string, key: string, value: string): readonly { rule: string; what: string }[] {
  const what = `${key}=${value}`;
  switch (key) {
    case "AmbientCapabilities":
    case "CapabilityBoundingSet":
    case "Capability":
    case "AddCapability": {
      // `~` takes away; a bounding set alone gives nothing, but it says what the service may become.
      if (value.startsWith("~")) return [];
      const rule = ruleOfCapabilities(value.split(/\s+/));
      return rule === undefined ? [] : [{ rule, what }];
    }
    case "RootDirectory":
    case "RootImage":
      return value === "" || value === "/" ? [] : [{ rule: "chroot", what }];
    case "MountImages":
    case "ExtensionImages":
      return [{ rule: "mount-call", what }];
    case "NetworkNamespacePath":
    case "JoinsNamespaceOf":
      return [{ rule: "namespace-indirect", what }];
    case "PodmanArgs":
      return privilegesOf(value.split(/\s+/));
    case "SeccompProfile":
      return value === "unconfined" ? [{ rule: "confinement-off", what }] : [];
    case "SecurityLabelDisable":
      return /^(?:true|yes|1|on)$/i.test(value) ? [{ rule: "confinement-off", what }] : [];
    case "SecurityOpt":
      return isUnconfined(value) ? [{ rule: "confinement-off", what }] : [];
    case "Delegate":
      return section === "Service" || section === "Slice" || section === "Scope"
        ? /^(?:no|false|0|off|)$/i.test(value)
          ? []
          : [{ rule: "cgroup-indirect", what }]
        : [];
    default:
      return [];
  }
}
