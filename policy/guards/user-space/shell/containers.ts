/**
 * Command lines of container tools: what privileges `docker run` and its relatives hand out, and the command they
 * start. The same options stand in `container.options` of a workflow and in `runArgs` of a devcontainer.
 */
import { ruleOfCapabilities } from "../rules/targets.ts";

export interface OptionFinding {
  readonly rule: string;
  readonly what: string;
}

export const containerTools: ReadonlySet<string> = new Set([
  "docker",
  "podman",
  "nerdctl",
  "docker-compose",
  "podman-compose",
  "ctr",
  "finch",
]);

/** Options without a value; every other option without `=` takes the next word. */
const plainOptions =
  /^(?:-[ditqPT]+|--(?:rm|privileged|init|read-only|detach|interactive|tty|quiet|no-healthcheck|publish-all|oom-kill-disable|sig-proxy|replace|systemd|no-deps|use-aliases|build|service-ports))$/;

/** What the options of a container give away. */
export function privilegesOf(words: readonly string[]): OptionFinding[] {
  const found: OptionFinding[] = [];
  words.forEach((word, index) => {
    const equals = word.indexOf("=");
    const name = equals === -1 ? word : word.slice(0, equals);
    const value = equals === -1 ? (words[index + 1] ?? "") : word.slice(equals + 1);
    const finding = judge(name, value, equals !== -1);
    if (finding !== undefined) found.push(finding);
  });
  return found;
}

function judge(name: string, value: string, hasEquals: boolean): OptionFinding | undefined {
  const what = hasEquals ? `${name}=${value}` : `${name} ${value}`;
  switch (name) {
    case "--privileged":
      return hasEquals && /^(?:false|0)$/i.test(value)
        ? undefined
        : { rule: "privileged-container", what: name };
    case "--cap-add": {
      const rule = ruleOfCapabilities(value.split(","));
      return rule === undefined ? undefined : { rule, what };
    }
    case "--pid":
    case "--ipc":
    case "--uts":
    case "--userns":
    case "--cgroupns":
      return value === "host" ? { rule: "host-namespace", what } : undefined;
    case "--cgroup-parent":
      return { rule: "cgroup-indirect", what };
    case "--profile":
      return /^(?:sysadmin|netadmin)$/.test(value) ? { rule: "privileged-container", what } : undefined;
    case "--security-opt":
      return isUnconfined(value) ? { rule: "confinement-off", what } : undefined;
    case "--allow":
      return /security\.insecure/.test(value) ? { rule: "privileged-container", what } : undefined;
    case "-v":
    case "--volume":
      return /^\/sys\/fs\/cgroup\b(?!.*:ro\b)/.test(value) ? { rule: "cgroup-indirect", what } : undefined;
    default:
      return undefined;
  }
}

export function isUnconfined(option: string): boolean {
  return /^(?:seccomp|apparmor|systempaths)\s*[:=]\s*unconfined$|^label\s*[:=]\s*disable$/i.test(
    option.trim(),
  );
}

/** The command inside the container: after the image of `run` and `create`, after the container of `exec`. */
export function commandInContainer(words: readonly string[]): readonly string[] {
  const verb = words.findIndex((word) => /^(?:run|create|exec)$/.test(word));
  if (verb === -1) return [];
  let at = verb + 1;
  for (; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!word.startsWith("-")) break;
    if (!word.includes("=") && !plainOptions.test(word)) at += 1;
  }
  return words.slice(at + 1);
}

/** `docker run ...`, `docker container run`, `docker compose exec`, `docker buildx build`: the verbs whose options are judged. */
export function hasContainerOptions(words: readonly string[]): boolean {
  return words.slice(0, 4).some((word) => /^(?:run|create|exec|build|service|update)$/.test(word));
}

/** What `kubectl run` and `kubectl debug` are told to give; `overrides` is a piece of a pod, as JSON. */
export function kubectlPrivileges(words: readonly string[]): {
  readonly found: readonly OptionFinding[];
  readonly overrides: string | undefined;
} {
  if (!words.slice(0, 4).some((word) => /^(?:run|debug)$/.test(word)))
    return { found: [], overrides: undefined };
  const end = words.indexOf("--");
  const options = end === -1 ? words : words.slice(0, end);
  const at = options.findIndex((word) => /^--overrides(?:=|$)/.test(word));
  const option = options[at];
  const overrides = option?.includes("=") === true ? option.slice(option.indexOf("=") + 1) : options[at + 1];
  return { found: privilegesOf(options), overrides: at === -1 ? undefined : overrides };
}
