/** Namespaces: making, entering and sharing them. */
import { asksForHelp, c, compose, javascript, python, shell, systemd, type Rule } from "./rule.ts";

const instead = "start a child process without privileges; confine it with a sandbox of user space";

/** `unshare(CLONE_FS)` gives a thread its own working directory: no namespace, no privilege. */
const noNamespace =
  /^\(?\s*(?:[\w.]*(?:::|\.))?CLONE_(?:FS|FILES|SYSVSEM|VM|SIGHAND|THREAD)\b(?:\s*\|\s*(?:[\w.]*(?:::|\.))?CLONE_(?:FS|FILES|SYSVSEM|VM|SIGHAND|THREAD)\b)*\s*(?:\)|,|$)/;

/** By name, in all spellings (`CLONE_NEWUSER`, `syscall.CLONE_NEWPID`, `UnshareFlags::NEWNET`). */
const newNamespace = /\bCLONE_(?:NEW[A-Z]+|INTO_CGROUP)\b|\b(?:Clone|Unshare)Flags::(?:CLONE_)?NEW[A-Z]+\b/;

export const namespaceRules: readonly Rule[] = [
  {
    id: "namespace-unshare",
    category: "namespaces",
    level: "error",
    securitySeverity: "8.0",
    reason: "leaves the namespaces the process was started in",
    fix: instead,
    flagged: [
      c("int f(void) { return unshare(CLONE_NEWUSER); }"),
      shell("unshare -Ur make"),
      javascript('require("child_process").spawn("unshare", ["-n", "node"]);'),
      python("import os; os.unshare(os.CLONE_NEWNS)"),
    ],
    clean: [
      c("int f(void) { return unshare(CLONE_FS); }"),
      shell("unshare --help"),
      javascript('throw new Error("unshare failed");'),
    ],
    calls: [{ name: "unshare", arity: 1, number: 272, notWith: noNamespace, header: "sched.h" }],
    commands: [{ names: ["unshare"], notWith: asksForHelp }],
  },
  {
    id: "namespace-setns",
    category: "namespaces",
    level: "error",
    securitySeverity: "8.0",
    reason: "enters another namespace",
    fix: instead,
    flagged: [
      c("int f(int fd) { return setns(fd, 0); }"),
      shell("nsenter -t 1 -m ls"),
      shell("ip netns exec blue ping host"),
    ],
    clean: [shell("ip netns list"), shell("lsns")],
    calls: [{ name: "setns", arity: 2, number: 308, header: "sched.h" }],
    commands: [
      { names: ["nsenter"], notWith: asksForHelp },
      {
        names: ["ip"],
        onlyWith:
          /(?:^| )(?:netns|net) (?:exec|attach)\b|^(?:-\S+ )*-n(?:etns)? ?\S+|^(?:-\S+ )*l(?:i|ink)? (?:set|add)\b.* netns \S/,
      },
    ],
  },
  {
    id: "namespace-clone",
    category: "namespaces",
    level: "error",
    securitySeverity: "8.0",
    reason: "starts a process in new namespaces",
    fix: instead,
    flagged: [
      c("int f(void) { return clone(g, stack, CLONE_NEWPID | SIGCHLD, 0); }"),
      { path: "a.go", code: "package a\nvar x = syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}\n" },
    ],
    clean: [
      c("int f(void) { return clone(g, stack, CLONE_VM | CLONE_THREAD, 0); }"),
      javascript("const copy = node.clone(CLONE_DEEP);"),
    ],
    calls: [
      { name: "clone", arity: 4, number: 56, onlyWith: newNamespace, header: "sched.h" },
      { name: "__clone", arity: 4, onlyWith: newNamespace },
      { name: "clone2", arity: 5, onlyWith: newNamespace },
      { name: "clone3", arity: 2, number: 435, onlyWith: newNamespace },
    ],
  },
  {
    id: "namespace-flag",
    category: "namespaces",
    level: "error",
    securitySeverity: "8.0",
    reason: "asks for new namespaces (or a control group) when the process or thread is made",
    fix: instead,
    flagged: [c("int f(void) { return isolate(CLONE_NEWNET); }")],
    clean: [
      c('const char *f(int k) { switch (k) { case CLONE_NEWNET: return "net"; } return 0; }'),
      c("#define CLONE_NEWUSER 0x10000000"),
    ],
  },
  {
    id: "namespace-tool",
    category: "namespaces",
    level: "error",
    securitySeverity: "7.0",
    reason: "is a program whose purpose is to make namespaces",
    fix: instead,
    flagged: [shell("bwrap --ro-bind / / sh"), shell("ip netns add blue"), shell("runc run box")],
    clean: [shell("bwrap --version"), shell("ip addr show")],
    calls: [
      { name: "minijail_namespace_vfs", arity: 1 },
      { name: "minijail_namespace_enter_vfs", arity: 2 },
      { name: "minijail_namespace_pids", arity: 1 },
      { name: "minijail_namespace_net", arity: 1 },
      { name: "minijail_namespace_user", arity: 1 },
      { name: "minijail_namespace_ipc", arity: 1 },
      { name: "minijail_namespace_uts", arity: 1 },
      { name: "minijail_namespace_cgroups", arity: 1 },
    ],
    commands: [
      {
        names: [
          "bwrap",
          "firejail",
          "nsjail",
          "systemd-nspawn",
          "minijail0",
          "lxc-start",
          "lxc-execute",
          "lxc-attach",
          "lxc-unshare",
          "lxc-usernsexec",
          "ch-run",
        ],
        needsArguments: true,
        notWith: asksForHelp,
      },
      { names: ["ip"], onlyWith: /(?:^| )netns (?:add|del|delete|set)\b/ },
      { names: ["newuidmap", "newgidmap"], needsArguments: true },
      { names: ["runc", "crun", "youki"], onlyWith: /(?:^| )(?:run|create|start|exec)(?: |$)/ },
    ],
  },
  {
    id: "namespace-indirect",
    category: "namespaces",
    level: "warning",
    securitySeverity: "5.0",
    reason: "enters namespaces through another tool",
    fix: "run the command itself, without the tool",
    flagged: [shell("podman unshare ls"), systemd("[Service]\nNetworkNamespacePath=/run/netns/blue\n")],
    clean: [shell("podman ps")],
    commands: [
      { names: ["podman", "buildah"], onlyWith: /^(?:-\S+ )*unshare\b/ },
      {
        names: ["rootlesskit", "slirp4netns", "pasta", "proot"],
        needsArguments: true,
        notWith: asksForHelp,
      },
      { names: ["toolbox", "distrobox"], onlyWith: /^(?:enter|run|create)\b/ },
      { names: ["apptainer", "singularity"], onlyWith: /(?:^| )(?:exec|run|shell|test|instance start)\b/ },
      { names: ["machinectl"], onlyWith: /^(?:shell|login|start)\b/ },
      { names: ["enroot"], onlyWith: /^(?:start|exec)\b/ },
    ],
  },
  {
    id: "host-namespace",
    category: "namespaces",
    level: "warning",
    securitySeverity: "6.0",
    reason: "shares a namespace of the host with a container",
    fix: "leave the container its own; hand in what it needs as a file or a socket",
    flagged: [
      shell("docker run --pid=host alpine ps"),
      compose("services:\n  a:\n    image: x\n    pid: host\n"),
      {
        path: "pod.yaml",
        code: "apiVersion: v1\nkind: Pod\nspec: { hostPID: true, containers: [{ image: x }] }\n",
      },
    ],
    clean: [
      compose("services:\n  a:\n    image: x\n    network_mode: host\n"),
      { path: "pod.yaml", code: "apiVersion: v1\nkind: Pod\nspec: { hostPID: false }\n" },
    ],
  },
];
