/**
 * Programs that run another program: what follows their own options is a command line of its own and is judged as
 * such. One row each; a wrapper that is not listed hides what it runs.
 */

export interface Wrapper {
  readonly names: readonly string[];
  /** Options that take the next word as value. */
  readonly valueOptions?: readonly string[];
  /** Words between the options and the command: the duration of `timeout`, the lock file of `flock`. */
  readonly skipOperands?: number;
  /** `NAME=value` words before the command. */
  readonly assignments?: true;
  /** The command only gets its operands when it runs: `xargs`. */
  readonly moreArgumentsCome?: true;
  /** With this option nothing is run: `command -v mount`. */
  readonly onlyAsks?: RegExp;
  /** The option whose value is a shell script: `su -c`. */
  readonly scriptOption?: RegExp;
  /** The remaining words are joined and read as a script: `eval`, `ssh`, `watch`. */
  readonly joins?: true;
  /** Without a command it starts a shell, which reads a here-document: `sudo -s`, `chroot DIR`, `ssh HOST`. */
  readonly startsShell?: true;
}

const wrappers: readonly Wrapper[] = [
  {
    names: ["sudo", "doas", "pkexec", "run0", "gksudo", "please", "sudo-rs"],
    valueOptions: [
      "-u",
      "-g",
      "-h",
      "-p",
      "-C",
      "-r",
      "-t",
      "-T",
      "-U",
      "-D",
      "-R",
      "--user",
      "--group",
      "--prompt",
      "--chdir",
    ],
    assignments: true,
    onlyAsks: /^(?:-[lvVK]|--list|--validate|--version)$/,
    startsShell: true,
  },
  { names: ["env"], valueOptions: ["-u", "-C", "--unset", "--chdir"], assignments: true },
  { names: ["nice", "ionice", "chrt"], valueOptions: ["-n", "-c", "-p", "--adjustment", "--class"] },
  {
    names: [
      "nohup",
      "setsid",
      "time",
      "exec",
      "builtin",
      "busybox",
      "toybox",
      "dumb-init",
      "tini",
      "fakeroot",
      "unbuffer",
      "catchsegv",
      "chronic",
      "eatmydata",
      "dbus-run-session",
      "dbus-launch",
      "xvfb-run",
      "torsocks",
      "proxychains",
      "proxychains4",
      "linux32",
      "linux64",
      "systemd-inhibit",
      "systemd-cat",
      "caffeinate",
      "rlwrap",
      "with-contenv",
      "npx",
      "bunx",
    ],
    valueOptions: ["-a", "-o", "-f"],
  },
  {
    names: ["systemd-run"],
    valueOptions: [
      "-p",
      "--property",
      "-u",
      "--unit",
      "-E",
      "--setenv",
      "--uid",
      "--gid",
      "--slice",
      "-M",
      "--machine",
    ],
  },
  { names: ["setarch", "s6-setuidgid", "chpst", "softlimit", "envdir", "direnv"], skipOperands: 1 },
  { names: ["command"], onlyAsks: /^-[vV]$/ },
  { names: ["timeout"], valueOptions: ["-k", "-s", "--kill-after", "--signal"], skipOperands: 1 },
  { names: ["stdbuf"], valueOptions: ["-i", "-o", "-e"] },
  { names: ["taskset", "gosu", "su-exec", "faketime"], skipOperands: 1 },
  { names: ["setpriv"], valueOptions: ["--reuid", "--regid", "--groups"] },
  { names: ["prlimit", "numactl", "cpulimit", "choom"], valueOptions: ["-p", "-n", "-l"] },
  {
    names: ["xargs", "parallel"],
    valueOptions: [
      "-n",
      "-P",
      "-d",
      "-a",
      "-E",
      "-L",
      "-s",
      "-I",
      "-j",
      "--max-args",
      "--max-procs",
      "--delimiter",
      "--arg-file",
    ],
    moreArgumentsCome: true,
  },
  {
    names: ["strace", "ltrace", "perf", "valgrind"],
    valueOptions: ["-e", "-o", "-p", "-s", "-P", "-S", "-u", "-E", "-O", "-X"],
  },
  {
    names: ["unshare"],
    startsShell: true,
    valueOptions: [
      "-R",
      "-w",
      "-S",
      "-G",
      "--root",
      "--wd",
      "--setuid",
      "--setgid",
      "--propagation",
      "--map-user",
      "--map-group",
    ],
  },
  {
    names: ["nsenter"],
    valueOptions: ["-t", "-S", "-G", "--target", "--setuid", "--setgid"],
    startsShell: true,
  },
  {
    names: ["chroot", "arch-chroot"],
    valueOptions: ["--userspec", "--groups", "-u"],
    skipOperands: 1,
    startsShell: true,
  },
  {
    names: ["flock"],
    valueOptions: ["-w", "-E", "--timeout", "--conflict-exit-code"],
    skipOperands: 1,
    scriptOption: /^(?:-c|--command)$/,
  },
  {
    names: ["su", "runuser", "script"],
    startsShell: true,
    valueOptions: ["-s", "-u", "-g", "-G", "--shell", "--user"],
    skipOperands: 1,
    scriptOption: /^(?:-\w*c|--command)$/,
  },
  { names: ["eval"], joins: true },
  { names: ["watch"], valueOptions: ["-n", "--interval"], joins: true },
  {
    names: ["ssh"],
    valueOptions: [
      "-b",
      "-c",
      "-D",
      "-E",
      "-e",
      "-F",
      "-I",
      "-i",
      "-J",
      "-L",
      "-l",
      "-m",
      "-O",
      "-o",
      "-p",
      "-Q",
      "-R",
      "-S",
      "-W",
      "-w",
    ],
    skipOperands: 1,
    joins: true,
    startsShell: true,
  },
  { names: ["travis_retry"], valueOptions: ["-t", "-n"] },
];

/**
 * Functions of sourced libraries that run their arguments, by the names everybody gives them. Used only where the script
 * does not define the name itself, and what follows must be a forbidden command word for word.
 */
const runnerName =
  /^_?(?:run(?:_?(?:cmd|command|as_?root|sudo|silent|quiet|or_die|or_fail|and_log))?|exec(?:ute|_cmd|_command)|try|retry|must|quiet(?:ly)?|silent(?:ly)?|as_?root|(?:maybe|with)_?sudo|sudo_?(?:cmd|run|if_needed)|do_?cmd|safe_?run|log_?(?:cmd|run|exec)|check_?run)$/i;

export function isRunnerName(name: string): boolean {
  return runnerName.test(name);
}

const byName = new Map(wrappers.flatMap((wrapper) => wrapper.names.map((name) => [name, wrapper] as const)));

export function wrapperNamed(name: string): Wrapper | undefined {
  return byName.get(name);
}

export type Unwrapped =
  | { readonly kind: "nothing" }
  | { readonly kind: "script"; readonly text: string }
  | { readonly kind: "command"; readonly words: readonly string[]; readonly moreArgumentsCome: boolean };

/** What a wrapper runs, from its arguments. */
export function unwrap(wrapper: Wrapper, words: readonly string[]): Unwrapped {
  const script = words.findIndex((word) => wrapper.scriptOption?.test(word) === true);
  if (script !== -1) return { kind: "script", text: words[script + 1] ?? "" };
  let at = 0;
  let operandsToSkip = wrapper.skipOperands ?? 0;
  for (; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (wrapper.onlyAsks?.test(word) === true) return { kind: "nothing" };
    if (word === "--") {
      at += 1 + operandsToSkip;
      break;
    }
    if (word.startsWith("-") && word.length > 1) {
      if (wrapper.valueOptions?.includes(word) === true) at += 1;
      continue;
    }
    if (wrapper.assignments === true && /^[A-Za-z_]\w*=/.test(word)) continue;
    if (operandsToSkip === 0) break;
    operandsToSkip -= 1;
  }
  const rest = words.slice(at);
  if (rest.length === 0) return { kind: "nothing" };
  if (wrapper.joins === true) return { kind: "script", text: rest.join(" ") };
  return { kind: "command", words: rest, moreArgumentsCome: wrapper.moreArgumentsCome === true };
}

/** Programs that read a script: from `-c`, from a here-document, from a pipe. */
export const shells: ReadonlySet<string> = new Set(["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh"]);

export interface Interpreter {
  /** File name that picks the front end for its source text. */
  readonly path: string;
  /** The option whose value is source text. */
  readonly option: RegExp;
}

const python: Interpreter = { path: "embedded.py", option: /^-\w*c$/ };
const javascript: Interpreter = { path: "embedded.js", option: /^(?:-[ep]|-pe|--eval|--print)$/ };

/** Programs that take source text of another language, in an option or from their standard input. */
export function interpreterNamed(name: string): Interpreter | undefined {
  if (/^(?:python|pypy)[\d.]*$/.test(name)) return python;
  return /^(?:node|nodejs|bun|deno|tsx)$/.test(name) ? javascript : undefined;
}
