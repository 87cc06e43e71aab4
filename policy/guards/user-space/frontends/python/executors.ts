/** What executes something in Python: dotted names, and how each reads its arguments. */

/** `either`: a list is a command line; a string is one too, or a script with `shell=True`. */
export type Form =
  "shell" | "either" | "words" | "path-and-list" | "spread" | "mode-path-list" | "mode-spread" | "second";

export const executors: Readonly<Record<string, Form>> = {
  "subprocess.run": "either",
  "subprocess.call": "either",
  "subprocess.check_call": "either",
  "subprocess.check_output": "either",
  "subprocess.Popen": "either",
  "subprocess.getoutput": "shell",
  "subprocess.getstatusoutput": "shell",
  "os.system": "shell",
  "os.popen": "shell",
  "commands.getoutput": "shell",
  "commands.getstatusoutput": "shell",
  "os.execv": "path-and-list",
  "os.execvp": "path-and-list",
  "os.execve": "path-and-list",
  "os.execvpe": "path-and-list",
  "os.posix_spawn": "path-and-list",
  "os.posix_spawnp": "path-and-list",
  "os.execl": "spread",
  "os.execlp": "spread",
  "os.execle": "spread",
  "os.execlpe": "spread",
  "os.spawnv": "mode-path-list",
  "os.spawnve": "mode-path-list",
  "os.spawnvp": "mode-path-list",
  "os.spawnvpe": "mode-path-list",
  "os.spawnl": "mode-spread",
  "os.spawnle": "mode-spread",
  "os.spawnlp": "mode-spread",
  "os.spawnlpe": "mode-spread",
  "pty.spawn": "either",
  "pexpect.spawn": "shell",
  "pexpect.run": "shell",
  "asyncio.create_subprocess_shell": "shell",
  "asyncio.create_subprocess_exec": "words",
  "asyncio.subprocess.create_subprocess_shell": "shell",
  "asyncio.subprocess.create_subprocess_exec": "words",
  "invoke.run": "shell",
  "invoke.sudo": "shell",
  "fabric.api.run": "shell",
  "fabric.api.sudo": "shell",
  "fabric.api.local": "shell",
  "anyio.run_process": "either",
  "anyio.open_process": "either",
  "trio.run_process": "either",
  "delegator.run": "shell",
  "envoy.run": "shell",
  "sh.Command": "words",
  "sarge.run": "shell",
  "distutils.spawn.spawn": "either",
};

/** Methods of objects that cannot be resolved, by a name that says what they do: Paramiko, Docker, asyncio loops. */
const methods: Readonly<Record<string, Form>> = {
  exec_command: "shell",
  exec_run: "either",
  // Of a module of Ansible.
  run_command: "either",
  sudo: "shell",
  create_subprocess_exec: "words",
  create_subprocess_shell: "shell",
  subprocess_exec: "words",
  subprocess_shell: "shell",
  // SCons.
  Execute: "shell",
};

export function formOf(name: string, isBuildScript: boolean): Form | undefined {
  if (Object.hasOwn(executors, name)) return executors[name];
  if (!name.includes(".")) return undefined;
  const method = name.slice(name.lastIndexOf(".") + 1);
  // `env.Command(target, source, "mount ...")` of SCons.
  if (isBuildScript && method === "Command") return "second";
  return Object.hasOwn(methods, method) && (method !== "Execute" || isBuildScript)
    ? methods[method]
    : undefined;
}

/** Modules whose only purpose is a forbidden mechanism: name, rule. */
export const mechanisms: readonly { readonly name: RegExp; readonly rule: string }[] = [
  { name: /^pyroute2\.netns\.(?:create|remove)$/, rule: "namespace-tool" },
  {
    name: /^pyroute2\.(?:netns\.(?:setns|pushns)|NetNS|NSPopen|nslink\.nslink\.NetNS)$/,
    rule: "namespace-setns",
  },
  { name: /^(?:unshare\.unshare|python_unshare\.unshare)$/, rule: "namespace-unshare" },
  { name: /^nsenter\.Namespace$/, rule: "namespace-setns" },
  { name: /^(?:bcc|bpfcc)\.BPF$/, rule: "bpf" },
  { name: /^cgroupspy\.trees\.\w+$|^cgroups\.Cgroup$|^cgutils\.\w+/, rule: "cgroup-write" },
  { name: /^(?:fuse|fusepy|mfusepy|refuse\.high)\.FUSE$|^pyfuse3\.init$|^llfuse\.init$/, rule: "fuse" },
];
