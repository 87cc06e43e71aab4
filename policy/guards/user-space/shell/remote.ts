/**
 * Programs that carry a command line somewhere else: into a container, a virtual machine, another host. It runs there,
 * but it is this text that makes it run.
 */

interface Remote {
  readonly names: readonly string[];
  /** The verb that must be there; the search for the command starts behind it. */
  readonly verb?: RegExp;
  /** Everything behind `--` is the command. */
  readonly afterDashes?: true;
  /** Operands behind the verb that come before the command; what follows them is the command. */
  readonly operands?: number;
  /** The option whose value is a script. */
  readonly scriptOption?: RegExp;
}

const remotes: readonly Remote[] = [
  { names: ["kubectl", "oc"], verb: /^(?:exec|rsh|run|debug)$/, afterDashes: true },
  { names: ["multipass", "lxc", "incus"], verb: /^exec$/, afterDashes: true },
  { names: ["limactl", "colima"], verb: /^(?:shell|ssh)$/, afterDashes: true, operands: 1 },
  {
    names: ["minikube", "vagrant", "podman-machine"],
    verb: /^ssh$/,
    afterDashes: true,
    operands: 0,
    scriptOption: /^(?:-c|--command)$/,
  },
  { names: ["docker-machine"], verb: /^ssh$/, operands: 1 },
  { names: ["gcloud"], verb: /^ssh$/, scriptOption: /^--command$/ },
  { names: ["adb"], verb: /^shell$/, operands: 0 },
  { names: ["fly", "flyctl"], verb: /^(?:ssh|console)$/, scriptOption: /^(?:-C|--command)$/ },
  { names: ["wsl", "wsl.exe"], scriptOption: /^(?:-e|--exec)$/, afterDashes: true },
  { names: ["poetry", "pipenv", "uv", "pdm", "rye", "hatch"], verb: /^run$/, operands: 0 },
  { names: ["pnpm", "npm", "mise"], verb: /^(?:exec|x)$/, afterDashes: true },
  { names: ["nix-shell"], scriptOption: /^(?:--run|--command)$/ },
  { names: ["nix"], verb: /^(?:develop|shell)$/, scriptOption: /^(?:-c|--command)$/ },
  { names: ["tmux"], verb: /^(?:new|new-session|neww|new-window|send-keys|send)$/, operands: 0 },
];

const byName: ReadonlyMap<string, Remote> = new Map(
  remotes.flatMap((remote) => remote.names.map((name) => [name, remote] as const)),
);

export type Carried =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "script"; readonly text: string };

/** The command line that is carried, as words or as a script. */
export function carried(name: string, words: readonly string[]): Carried | undefined {
  const remote = byName.get(name);
  if (remote === undefined) return undefined;
  const verb = remote.verb;
  const at = verb === undefined ? -1 : words.findIndex((word) => verb.test(word));
  if (verb !== undefined && at === -1) return undefined;
  const rest = words.slice(at + 1);
  for (const [index, word] of rest.entries()) {
    const equals = word.indexOf("=");
    const option = equals === -1 ? word : word.slice(0, equals);
    if (remote.scriptOption?.test(option) !== true) continue;
    return { kind: "script", text: equals === -1 ? rest.slice(index + 1).join(" ") : word.slice(equals + 1) };
  }
  const dashes = rest.indexOf("--");
  if (remote.afterDashes === true && dashes !== -1) return behind(rest.slice(dashes + 1));
  if (remote.operands === undefined) return undefined;
  let start = 0;
  while (rest[start]?.startsWith("-") === true) start += 1;
  return behind(rest.slice(start + remote.operands));
}

/** One word with blanks in it is a script, several are words: that is how all of these hand them on. */
function behind(words: readonly string[]): Carried | undefined {
  const [first] = words;
  if (first === undefined) return undefined;
  return /\s/.test(first) ? { kind: "script", text: first } : { kind: "words", words };
}

/** Programs that take a description of something from their standard input, and the file name it would have. */
const described: readonly {
  readonly names: readonly string[];
  readonly when: RegExp;
  readonly path: string;
}[] = [
  {
    names: ["kubectl", "oc"],
    when: /^(?:apply|create|replace)\b.*(?:-f|--filename)[ =]?-(?: |$)/,
    path: "input.yaml",
  },
  { names: ["docker", "podman"], when: /^compose .*-f -(?: |$)/, path: "compose.yaml" },
  {
    names: ["docker", "podman", "buildah"],
    when: /^(?:buildx )?(?:build|bud)\b.*(?: -$|-f ?-(?: |$))/,
    path: "Dockerfile",
  },
];

export function inputDescription(name: string, words: readonly string[]): string | undefined {
  const joined = words.join(" ");
  return described.find((each) => each.names.includes(name) && each.when.test(joined))?.path;
}
