/** What executes something in JavaScript: modules and their functions, and how each reads its arguments. */

/**
 * `shell`: a text for a shell. `argv`: a program and a list. `line`: a command line, and a list that is added.
 * `list`: one list, or an object with `cmd`. `options`: a program, and an object with `args`. `record`: one object with
 * `file` and `args`.
 */
export type Form = "shell" | "argv" | "line" | "list" | "options" | "record";

type Functions = Readonly<Record<string, Form>>;

const childProcess: Functions = {
  exec: "shell",
  execSync: "shell",
  spawn: "argv",
  spawnSync: "argv",
  execFile: "argv",
  execFileSync: "argv",
};

/** Module, then function; `default` is the default export or the module itself when called. */
const executors: Readonly<Record<string, Functions>> = {
  child_process: childProcess,
  execa: {
    execa: "argv",
    execaSync: "argv",
    default: "argv",
    sync: "argv",
    execaCommand: "shell",
    execaCommandSync: "shell",
    command: "shell",
    commandSync: "shell",
    $: "shell",
    shell: "shell",
    shellSync: "shell",
  },
  zx: { $: "shell", spinner: "shell" },
  dax: { $: "shell", default: "shell" },
  tinyspawn: { $: "shell", default: "shell" },
  bun: { $: "shell", spawn: "list", spawnSync: "list" },
  "cross-spawn": { default: "argv", spawn: "argv", sync: "argv" },
  "cross-spawn-promise": { default: "argv" },
  "@npmcli/promise-spawn": { default: "argv" },
  "spawn-please": { default: "argv" },
  "child-process-promise": childProcess,
  "promisify-child-process": childProcess,
  "async-child-process": { execAsync: "shell" },
  teen_process: { exec: "argv" },
  shelljs: { exec: "shell", cmd: "argv", default: "shell" },
  "@actions/exec": { exec: "line", getExecOutput: "line" },
  tinyexec: { x: "argv", exec: "argv" },
  "nano-spawn": { default: "argv" },
  "node-pty": { spawn: "argv" },
  "foreground-child": { foregroundChild: "argv", default: "argv" },
  "sudo-prompt": { exec: "shell" },
  "@vscode/sudo-prompt": { exec: "shell" },
  "node-cmd": { run: "shell", runSync: "shell", get: "shell" },
  "<global>": { execSync: "shell", spawnSync: "argv", execFileSync: "argv" },
  Bun: { spawn: "list", spawnSync: "list", $: "shell" },
  Deno: { Command: "options", run: "options" },
  "process.binding": { spawn: "record" },
};

/** Names that nothing else has: counted on any receiver (`this.cp.execSync`). */
const unmistakable: Functions = {
  execSync: "shell",
  spawnSync: "argv",
  execFileSync: "argv",
  execFile: "argv",
  execaCommand: "shell",
  execCommand: "shell",
};

/** Methods of a connection to another host, counted where one of these modules is used. */
export const remoteModules = /^(?:ssh2|ssh2-promise|node-ssh|simple-ssh|ssh-exec)$/;
export const remoteMethods: Functions = { exec: "shell", execCommand: "shell", spawn: "shell" };

export interface Callee {
  readonly module: string;
  readonly name: string;
}

export function formOf(callee: Callee): Form | undefined {
  const functions = executors[callee.module];
  const name = callee.name === "*" ? "default" : callee.name;
  if (functions !== undefined && Object.hasOwn(functions, name)) return functions[name];
  return Object.hasOwn(unmistakable, name) && callee.module !== "<global>" ? unmistakable[name] : undefined;
}

/** A tagged template: `$` is a shell in every library that has one; `execa` splits it like a shell does. */
export function templateForm(callee: Callee): Form | undefined {
  if (callee.name === "$" || callee.module === "$") return "shell";
  // `$.sync` of zx, `$.nothrow` of dax: still the shell.
  if (/^(?:zx|dax|bun|Bun)$/.test(callee.module)) return "shell";
  return /^(?:execa|execaSync|sync)$/.test(callee.name) && callee.module === "execa" ? "shell" : undefined;
}

export const foreignInterfaces =
  /^(?:koffi|ffi-napi|ffi-rs|node-ffi|node-ffi-napi|ffi|ref-ffi|bun:ffi|fastcall|sbffi|@napi-ffi\/.*|@breush\/ffi-napi|@lwahonen\/ffi-napi)$/;

export const fuseModules = /^(?:@[\w-]+\/)?(?:fuse-native|fuse-bindings|node-fuse-bindings|fuse-node)$/;

/** Clients in whose objects `privileged: true` means a container. */
export const containerModules =
  /^(?:aws-cdk-lib|@aws-cdk\/|@pulumi\/|cdktf|@cdktf\/|cdk8s|projen|dockerode|docker-modem|testcontainers|@kubernetes\/client-node|kubernetes-client|sst)/;

/** What a module is called when its prefix (`node:`) and its parts (`zx/globals`) are left out. */
export function moduleName(name: string | undefined): string | undefined {
  return name
    ?.replace(/^node:/, "")
    .replace(/^zx\/.*/, "zx")
    .replace(/^.*\/dax(?:@.*)?(?:\/mod\.ts)?$/, "dax")
    .replace(/^npm:(@?[^@]+)(?:@.*)?$/, "$1");
}
