/** Packages of Go that reach the kernel or start programs: import path, functions, rule. */

export const systemCallPackages: ReadonlySet<string> = new Set([
  "syscall",
  "golang.org/x/sys/unix",
  "internal/syscall/unix",
  "github.com/moby/sys/capability/unix",
]);

/** Go's names that are not the C name in capitals. */
export const otherNames: Readonly<Record<string, string>> = {
  unmount: "umount2",
  ptraceattach: "ptrace",
  ptraceseize: "ptrace",
  ptracepoketext: "ptrace",
  ptracepokedata: "ptrace",
  ptracesetregs: "ptrace",
  fsconfigcreate: "fsconfig",
  fsconfigcreateexclusive: "fsconfig",
  fsconfigsetstring: "fsconfig",
  fsconfigsetflag: "fsconfig",
  fsconfigsetbinary: "fsconfig",
  fsconfigsetfd: "fsconfig",
  fsconfigsetpath: "fsconfig",
  fsconfigreconfigure: "fsconfig",
  pivotroot: "pivot_root",
  initmodule: "init_module",
  finitmodule: "finit_module",
  deletemodule: "delete_module",
  kexecfileload: "kexec_file_load",
  opentree: "open_tree",
  movemount: "move_mount",
  mountsetattr: "mount_setattr",
  clocksettime: "clock_settime",
  clockadjtime: "clock_adjtime",
  openbyhandleat: "open_by_handle_at",
  perfeventopen: "perf_event_open",
  fanotifyinit: "fanotify_init",
  processvmwritev: "process_vm_writev",
};

interface Mechanism {
  readonly path: RegExp;
  readonly functions: RegExp;
  readonly rule: string;
}

/** Packages whose only purpose is a forbidden mechanism. */
const mechanisms: readonly Mechanism[] = [
  {
    path: /^github\.com\/(?:moby\/sys\/mount|docker\/docker\/pkg\/mount|docker\/docker\/pkg\/chrootarchive)$/,
    functions: /^(?:Mount|Unmount|ForceMount|RecursiveUnmount|Make\w+)$/,
    rule: "mount-call",
  },
  {
    path: /^(?:k8s\.io\/(?:mount-utils|utils\/mount|kubernetes\/pkg\/util\/mount)|github\.com\/containerd\/containerd(?:\/v\d)?(?:\/core)?\/mount|github\.com\/containers\/storage\/pkg\/mount)$/,
    functions:
      /^(?:New|NewSafeFormatAndMount|All|Unmount\w*|WithTempMount|Mount|ForceMount|MakePrivate|MakeRPrivate)$/,
    rule: "mount-call",
  },
  {
    path: /^github\.com\/containerd\/cgroups(?:\/v\d)?(?:\/cgroup[12])?$/,
    functions: /^(?:New\w*|Load\w*)$/,
    rule: "cgroup-write",
  },
  {
    path: /^github\.com\/opencontainers\/(?:runc\/libcontainer\/)?cgroups(?:\/(?:fs|fs2|systemd|manager))?$/,
    functions: /^(?:New\w*|WriteFile|WriteCgroupProc|EnterPid|RemovePath)$/,
    rule: "cgroup-write",
  },
  {
    path: /^github\.com\/opencontainers\/runc\/libcontainer$/,
    functions: /^(?:New|Create|Load|StartInitialization)$/,
    rule: "namespace-tool",
  },
  {
    path: /^github\.com\/vishvananda\/netns$/,
    functions: /^(?:New\w*|Set\w*|Setns|DeleteNamed)$/,
    rule: "namespace-setns",
  },
  {
    path: /^github\.com\/vishvananda\/netlink$/,
    functions: /^LinkSetNs(?:Fd|Pid)$/,
    rule: "namespace-setns",
  },
  {
    path: /^github\.com\/containernetworking\/plugins\/pkg\/(?:ns|testutils)$/,
    functions: /^(?:WithNetNSPath|GetNS|NewNS|UnmountNS)$/,
    rule: "namespace-setns",
  },
  {
    path: /^github\.com\/cilium\/ebpf(?:\/(?:link|perf|ringbuf))?$/,
    functions:
      /^(?:NewCollection\w*|NewProgram\w*|NewMap\w*|LoadCollection\w*|AttachXDP|AttachTCX|Kprobe|Kretprobe|Tracepoint|RawTracepoint|AttachTracing|AttachLSM|AttachCgroup)$/,
    rule: "bpf",
  },
  { path: /^github\.com\/aquasecurity\/libbpfgo$/, functions: /^NewModule\w*$/, rule: "bpf" },
  { path: /^github\.com\/iovisor\/gobpf\/\w+$/, functions: /^New\w*$/, rule: "bpf" },
  {
    path: /^(?:bazil\.org\/fuse|github\.com\/hanwen\/go-fuse(?:\/v\d)?(?:\/fs|\/fuse)?|github\.com\/jacobsa\/fuse|github\.com\/winfsp\/cgofuse\/fuse)$/,
    functions: /^(?:Mount|Unmount|NewServer|MountRoot|NewFileSystemHost)$/,
    rule: "fuse",
  },
  {
    path: /^github\.com\/(?:containers\/storage\/pkg\/unshare|rootless-containers\/rootlesskit(?:\/v\d)?\/pkg\/(?:parent|child))$/,
    functions: /^(?:MaybeReexecUsingUserNamespace|ExecRunnable|Command|Parent|Child)$/,
    rule: "namespace-unshare",
  },
  { path: /^pault\.ag\/go\/modprobe$/, functions: /^(?:Load|Init|Remove)$/, rule: "kernel-module" },
];

export function mechanismOf(path: string, name: string): Mechanism | undefined {
  return mechanisms.find((each) => each.path.test(path) && each.functions.test(name));
}

/** Index of the argument that names the program, and whether what follows is one vector or words. */
export function executingArgument(
  path: string,
  name: string,
): { readonly from: number; readonly isVector: boolean; readonly isLine: boolean } | undefined {
  const words = { isVector: false, isLine: false };
  if (
    /^(?:os\/exec|golang\.org\/x\/sys\/execabs|k8s\.io\/utils\/exec|github\.com\/cli\/safeexec)$/.test(path)
  )
    return name === "Command"
      ? { from: 0, ...words }
      : name === "CommandContext"
        ? { from: 1, ...words }
        : undefined;
  if (path === "syscall" || path === "golang.org/x/sys/unix")
    return /^(?:Exec|ForkExec|StartProcess)$/.test(name)
      ? { from: 0, isVector: true, isLine: false }
      : undefined;
  if (path === "os") return name === "StartProcess" ? { from: 0, isVector: true, isLine: false } : undefined;
  if (path === "github.com/bitfield/script" && name === "Exec")
    return { from: 0, isVector: false, isLine: true };
  if (path === "github.com/magefile/mage/sh" && /^(?:Run|RunV|Output|RunWithV?|Exec|OutputWith)$/.test(name))
    return { from: /With|Exec/.test(name) ? 1 : 0, ...words };
  return path.endsWith("/go-cmd/cmd") && name === "NewCmd" ? { from: 0, ...words } : undefined;
}

/** `kernel.org/.../cap` and gocapability: functions that give what they are handed. */
export const capabilityPackages =
  /^(?:github\.com\/(?:syndtr\/gocapability|moby\/sys)\/capability|kernel\.org\/pub\/linux\/libs\/security\/libcap\/cap)$/;
