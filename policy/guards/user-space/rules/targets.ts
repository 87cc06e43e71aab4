/** What a rule is about without being a call or a command: capabilities, flags, and files of the kernel. */

/** Capabilities as Linux spells them without `CAP_`. The others (CHOWN, KILL, NET_BIND_SERVICE ...) do not reach the kernel's own state. */
export const privilegedCapabilities: ReadonlySet<string> = new Set([
  "SYS_MODULE",
  "SYS_RAWIO",
  "SYS_PTRACE",
  "SYS_BOOT",
  "SYS_TIME",
  "SYS_CHROOT",
  "SYS_PACCT",
  "SYS_TTY_CONFIG",
  "NET_ADMIN",
  "BPF",
  "PERFMON",
  "MAC_ADMIN",
  "MAC_OVERRIDE",
  "DAC_READ_SEARCH",
  "SYSLOG",
  "CHECKPOINT_RESTORE",
]);

/** `cap_sys_admin`, `CAP_SYS_ADMIN`, `SYS_ADMIN`, `all`, in any case; undefined where the capability is harmless. */
export function ruleOfCapability(name: string): string | undefined {
  const bare = name.trim().toUpperCase().replace(/^CAP_/, "");
  if (bare === "SYS_ADMIN" || bare === "ALL") return "cap-sys-admin";
  return privilegedCapabilities.has(bare) ? "cap-privileged" : undefined;
}

/** The worst of several: one finding where a list of capabilities stands in one place. */
export function ruleOfCapabilities(names: readonly string[]): string | undefined {
  const rules = names.map(ruleOfCapability);
  return rules.includes("cap-sys-admin") ? "cap-sys-admin" : rules.find((each) => each !== undefined);
}

/** Flags of mount(2) that nothing else has; MS_SYNC, MS_ASYNC and MS_INVALIDATE belong to msync(2). */
export const mountFlag =
  /^(?:MS_(?:BIND|REC|PRIVATE|SLAVE|SHARED|UNBINDABLE|MOVE|REMOUNT|RDONLY|NOSUID|NODEV|NOEXEC|NOATIME|NODIRATIME|RELATIME|STRICTATIME|LAZYTIME|SILENT|MANDLOCK|DIRSYNC|SYNCHRONOUS)|MNT_DETACH|UMOUNT_NOFOLLOW|OPEN_TREE_CLONE|MOVE_MOUNT_[A-Z_]+|FSCONFIG_[A-Z_]+)$/;

export const namespaceFlag = /^CLONE_(?:NEW(?:NS|CGROUP|UTS|IPC|USER|PID|NET|TIME)|INTO_CGROUP)$/;

/** The bits of CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET (linux/sched.h). */
const namespaceBits = 0x7e020080;

/** Whether a number of flags asks for a namespace: `0x10000000 | 17`. The low byte is the exit signal of a clone. */
export function asksForNamespace(flags: number, isClone: boolean): boolean {
  return ((isClone ? flags & ~0xff : flags) & namespaceBits) !== 0;
}

interface Target {
  readonly path: RegExp;
  readonly rule: string;
}

const anyProcess = "(?:self|thread-self|\\$\\S+|\\d+)";

/** Files under which writing changes something that is not ours. */
const forbiddenWrites: readonly Target[] = [
  { path: /^\/sys\/fs\/cgroup(?:\/|$)/, rule: "cgroup-write" },
  {
    path: /\/(?:cgroup\.(?:procs|threads|subtree_control|type|freeze|kill)|memory\.(?:max|high|limit_in_bytes)|cpu\.(?:max|weight|cfs_quota_us|shares)|pids\.max|cpuset\.(?:cpus|mems))$/,
    rule: "cgroup-write",
  },
  { path: new RegExp(`^/proc/${anyProcess}/(?:uid_map|gid_map|setgroups)$`), rule: "namespace-unshare" },
  { path: new RegExp(`^/proc/${anyProcess}/mem$`), rule: "ptrace" },
  { path: /^\/proc\/(?:sysrq-trigger$|sys\/)/, rule: "system-state" },
  { path: /^\/sys\/(?:kernel|module|power)\//, rule: "system-state" },
  { path: /^\/etc\/sysctl(?:\.conf$|\.d\/)/, rule: "system-state" },
  { path: /^\/etc\/modules(?:$|-load\.d\/)/, rule: "kernel-module" },
  { path: /^\/etc\/fstab$/, rule: "mount-table-write" },
  { path: /^\/dev\/(?:k?mem|port)$/, rule: "io-port" },
];

/** Reading these is worth a note. */
const notedReads: readonly Target[] = [
  {
    path: /^\/proc\/(?:(?:self|\d+|\$\S+)\/)?(?:mounts|mountinfo|mountstats)$|^\/etc\/mtab$/,
    rule: "mount-table-read",
  },
  { path: /^\/sys\/fs\/cgroup(?:\/|$)/, rule: "cgroup-read" },
];

/** What writing to a file (or making, removing it) means by its path alone. */
export function ruleOfWrite(path: string): string | undefined {
  return forbiddenWrites.find((row) => row.path.test(path))?.rule;
}

export function ruleOfRead(path: string): string | undefined {
  return notedReads.find((row) => row.path.test(path))?.rule;
}

/** The rule of mounting a file system of this type: overlay and control groups have rules of their own. */
export function ruleOfMountType(type: string): string {
  if (/^(?:overlay(?:fs)?|aufs)$/.test(type)) return "overlayfs-mount";
  return /^cgroup2?$/.test(type) ? "cgroup-mount" : "mount-call";
}
