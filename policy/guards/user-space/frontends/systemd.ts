/**
 * systemd units: commands of `Exec*=`, capabilities given, roots changed, mount units. The hardening directives
 * (`PrivateTmp=`, `ProtectSystem=` ...) take privileges away and are not findings, though systemd uses namespaces
 * for them.
 */
import { distinct, hit, type Hit, type Problem, type ScanResult } from "../hit.ts";
import type { FrontEnd } from "../frontend.ts";
import { ruleOfCapability } from "../rules.ts";
import { scanShell, unknownPart } from "../shell/shell-script.ts";

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => {
    const hits: Hit[] = [];
    const problems: Problem[] = [];
    const fields = fieldsOf(source.text);
    for (const { section, key, value, line } of fields) {
      const at = { line, column: 1 };
      if (/^Exec(?:Start|Stop|Reload|Condition)(?:Pre|Post)?$/.test(key) && value !== "") {
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
        hit(type === "overlay" ? "overlayfs-mount" : "mount-call", `mount unit of ${mount.value}`, {
          line: mount.line,
          column: 1,
        }),
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

function judge(section: string, key: string, value: string): { rule: string; what: string }[] {
  const what = `${key}=${value}`;
  switch (key) {
    case "AmbientCapabilities":
    case "CapabilityBoundingSet": {
      // `~` takes away; a bounding set alone gives nothing, but it says what the service may become.
      if (value.startsWith("~")) return [];
      const rules = value.split(/\s+/).map(ruleOfCapability);
      const rule = rules.includes("cap-sys-admin")
        ? "cap-sys-admin"
        : rules.find((each) => each !== undefined);
      return rule === undefined ? [] : [{ rule, what }];
    }
    case "RootDirectory":
    case "RootImage":
      return value === "" || value === "/" ? [] : [{ rule: "chroot", what }];
    case "BindPaths":
    case "MountImages":
    case "ExtensionImages":
      return [{ rule: "mount-call", what }];
    case "NetworkNamespacePath":
    case "JoinsNamespaceOf":
      return [{ rule: "namespace-indirect", what }];
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
