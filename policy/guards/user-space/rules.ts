/**
 * The forbidden kernel mechanisms, as data: a mechanism is a row, with what it is called in every world in which
 * it can be reached (C library and system call, shell command, capability, configuration). The front ends find
 * out WHO is called; this table alone decides WHETHER that is forbidden, and how bad it is.
 *
 * Levels: `error` fails. `warning` is indirection (a tool that does it for us, sharing a host namespace) and needs
 * a person. `note` is worth knowing: reading /proc/mounts, FUSE, an import of `syscall`.
 *
 * Names here are data, not calls: the guard reads this file like any other and finds nothing in it.
 */
import type { FindingLevel } from "../guard.ts";

export type Category =
  | "overlayfs"
  | "mount"
  | "cgroups"
  | "namespaces"
  | "capabilities"
  | "privileged-operations"
  | "raw-system-calls";

/** A function of the C library or a system call; other languages are mapped onto these names. */
export interface ForbiddenCall {
  readonly name: string;
  /** Number of arguments of the C function; a call with another number is somebody else's function. */
  readonly arity: number;
  /** x86-64 number, for `syscall(272, ...)`. From 424 on, the number is the same on every architecture. */
  readonly number?: number;
  /** Only if an argument mentions one of these: `clone` is a thread without CLONE_NEW*, `mknod` a FIFO without S_IFBLK. */
  readonly onlyWith?: RegExp;
  /** Not if an argument mentions one of these: PTRACE_TRACEME asks to be traced by one's own parent. */
  readonly notWith?: RegExp;
}

/** A program; every condition given must hold. */
export interface ForbiddenCommand {
  readonly names: readonly string[];
  /** At least one operand or option: `mount` alone lists, it does not mount. */
  readonly needsArguments?: true;
  /** No arguments at all. */
  readonly withoutArguments?: true;
  /** Tested on the arguments joined by one blank. */
  readonly onlyWith?: RegExp;
  readonly notWith?: RegExp;
}

export interface Rule {
  /** Stable; SARIF and suppressions name it as `user-space-only/<id>`. */
  readonly id: string;
  readonly category: Category;
  readonly level: FindingLevel;
  /** What is wrong with it here, in one clause after the name of what was found. */
  readonly reason: string;
  /** CVSS-like 0.0 to 10.0, as GitHub reads `security-severity`. */
  readonly securitySeverity: string;
  readonly calls?: readonly ForbiddenCall[];
  readonly commands?: readonly ForbiddenCommand[];
}

/** Asking a program what it is does nothing. */
const asksForHelp = /(?:^| )(?:--help|--version|-V|-h)(?: |$)/;

/** In order: for a command that fits several rows, the first one names it (`mount -t overlay` is overlayfs). */
export const rules: readonly Rule[] = [
  {
    id: "overlayfs-mount",
    category: "overlayfs",
    level: "error",
    securitySeverity: "8.0",
    reason:
      "mounts an overlay file system in the kernel; states are forked in the virtual state tree instead",
    commands: [
      {
        names: ["mount"],
        onlyWith: /(?:^| )(?:-\w*t ?|--types[ =])overlay(?:fs)?\b|(?:^| |,)(?:lowerdir|upperdir)=/,
      },
      { names: ["modprobe", "insmod"], onlyWith: /(?:^|[ /])overlay(?:fs)?(?:\.ko\S*)?(?: |$)/ },
    ],
  },
  {
    id: "cgroup-mount",
    category: "cgroups",
    level: "error",
    securitySeverity: "8.0",
    reason: "mounts the control group file system",
    commands: [
      { names: ["mount"], onlyWith: /(?:^| )(?:-\w*t ?|--types[ =])cgroup2?\b/ },
      { names: ["umount"], onlyWith: /(?:^| )\/sys\/fs\/cgroup/ },
    ],
  },
  {
    id: "mount-call",
    category: "mount",
    level: "error",
    securitySeverity: "8.0",
    reason: "changes what is mounted",
    calls: [
      { name: "mount", arity: 5, number: 165 },
      { name: "umount", arity: 1 },
      { name: "umount2", arity: 2, number: 166 },
      { name: "mnt_context_mount", arity: 1 },
      { name: "mnt_context_umount", arity: 1 },
    ],
    commands: [
      {
        names: ["mount"],
        needsArguments: true,
        notWith:
          /(?:^| )(?:--help|--version|-V|-h|--show-labels)(?: |$)|^(?:-l|-v|-lv|-vl)?$|^(?:-l )?-t \S+( -l)?$/,
      },
      { names: ["umount"], needsArguments: true, notWith: asksForHelp },
      {
        names: ["losetup"],
        needsArguments: true,
        notWith: /(?:^| )(?:--help|--version|-V|-h|-a|--all|-l|--list|-j)(?: |$)/,
      },
      {
        names: ["mount.nfs", "mount.cifs", "mount.ntfs-3g", "pmount", "udisksctl"],
        onlyWith: /^mount |^\S+ \S+|^\/dev/,
      },
      { names: ["systemd-mount", "systemd-umount"], needsArguments: true, notWith: asksForHelp },
    ],
  },
  {
    id: "mount-new-api",
    category: "mount",
    level: "error",
    securitySeverity: "8.0",
    reason: "uses the new mount interface of the kernel",
    calls: [
      { name: "fsopen", arity: 2, number: 430 },
      { name: "fsconfig", arity: 5, number: 431 },
      { name: "fsmount", arity: 3, number: 432 },
      { name: "fspick", arity: 3, number: 433 },
      { name: "open_tree", arity: 3, number: 428 },
      { name: "move_mount", arity: 5, number: 429 },
      { name: "mount_setattr", arity: 5, number: 442 },
    ],
  },
  {
    id: "mount-flag",
    category: "mount",
    level: "error",
    securitySeverity: "7.0",
    reason: "is a flag of the mount system call, handed on to something that will use it",
  },
  {
    id: "mount-table-read",
    category: "mount",
    level: "note",
    securitySeverity: "0.0",
    reason: "reads the table of mounts; reading is allowed",
    calls: [
      { name: "setmntent", arity: 2 },
      { name: "getmntent", arity: 1 },
    ],
    commands: [
      { names: ["mount"], withoutArguments: true },
      { names: ["mount"], onlyWith: /^(?:-l|-v|-lv|-vl)$|^(?:-l )?-t \S+( -l)?$/ },
      { names: ["findmnt"] },
      {
        names: ["cat", "grep", "awk", "head", "cut"],
        onlyWith: /(?:^| )\/(?:proc\/(?:\S+\/)?mount(?:s|info)|etc\/mtab)(?: |$)/,
      },
    ],
  },
  {
    id: "fuse",
    category: "mount",
    level: "note",
    securitySeverity: "1.0",
    reason: "is a file system in user space: allowed, but the mount itself goes through a set-uid helper",
    commands: [
      {
        names: ["fusermount", "fusermount3", "fuse-overlayfs", "sshfs", "squashfuse", "bindfs", "rclone"],
        onlyWith: /./,
        notWith:
          /^(?!mount )(?:copy|sync|ls|cat|config|move|check|delete|purge|version)\b|(?:^| )(?:--help|--version|-V|-h)(?: |$)/,
      },
    ],
    calls: [
      { name: "fuse_main", arity: 4 },
      { name: "fuse_session_mount", arity: 2 },
      { name: "fuse_mount", arity: 2 },
    ],
  },
  {
    id: "cgroup-write",
    category: "cgroups",
    level: "error",
    securitySeverity: "7.5",
    reason: "changes control groups",
    commands: [
      {
        names: ["cgcreate", "cgexec", "cgset", "cgclassify", "cgdelete", "cgconfigparser"],
        needsArguments: true,
        notWith: asksForHelp,
      },
      {
        names: ["mkdir", "rmdir", "tee", "chown", "chmod", "ln", "install", "touch"],
        onlyWith: /(?:^|[ =])\/sys\/fs\/cgroup\b/,
      },
      { names: ["cp", "mv"], onlyWith: / \/sys\/fs\/cgroup\S*$/ },
    ],
  },
  {
    id: "cgroup-indirect",
    category: "cgroups",
    level: "warning",
    securitySeverity: "4.0",
    reason: "has control groups changed on our behalf",
    commands: [
      {
        names: ["systemd-run"],
        onlyWith:
          /(?:^| )(?:-p|--property)[ =]?(?:Memory|CPU|IO|Tasks|Delegate|AllowedCPUs|Slice)|--scope|--slice/,
      },
    ],
  },
  {
    id: "cgroup-read",
    category: "cgroups",
    level: "note",
    securitySeverity: "0.0",
    reason: "reads control group files; reading is allowed",
    commands: [
      {
        names: ["cat", "ls", "head", "tail", "grep", "find", "stat", "lscgroup", "wc", "awk", "sed"],
        onlyWith: /(?:^|[ =])\/sys\/fs\/cgroup\b/,
      },
    ],
  },
  {
    id: "namespace-unshare",
    category: "namespaces",
    level: "error",
    securitySeverity: "8.0",
    reason: "leaves the namespaces the process was started in",
    calls: [{ name: "unshare", arity: 1, number: 272 }],
    commands: [{ names: ["unshare"], notWith: asksForHelp }],
  },
  {
    id: "namespace-setns",
    category: "namespaces",
    level: "error",
    securitySeverity: "8.0",
    reason: "enters another namespace",
    calls: [{ name: "setns", arity: 2, number: 308 }],
    commands: [
      { names: ["nsenter"], notWith: asksForHelp },
      { names: ["ip"], onlyWith: /(?:^| )(?:netns|net) (?:exec|attach)\b/ },
    ],
  },
  {
    id: "namespace-clone",
    category: "namespaces",
    level: "error",
    securitySeverity: "8.0",
    reason: "starts a process in new namespaces",
    calls: [
      { name: "clone", arity: 4, number: 56, onlyWith: /\bCLONE_(?:NEW[A-Z]+|INTO_CGROUP)\b/ },
      { name: "__clone", arity: 4, onlyWith: /\bCLONE_(?:NEW[A-Z]+|INTO_CGROUP)\b/ },
      { name: "clone2", arity: 5, onlyWith: /\bCLONE_(?:NEW[A-Z]+|INTO_CGROUP)\b/ },
      { name: "clone3", arity: 2, number: 435, onlyWith: /\bCLONE_(?:NEW[A-Z]+|INTO_CGROUP)\b/ },
    ],
  },
  {
    id: "namespace-flag",
    category: "namespaces",
    level: "error",
    securitySeverity: "8.0",
    reason: "asks for new namespaces (or a control group) when the process or thread is made",
  },
  {
    id: "namespace-tool",
    category: "namespaces",
    level: "error",
    securitySeverity: "7.0",
    reason: "is a program whose purpose is to make namespaces",
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
          "lxc-unshare",
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
    commands: [
      { names: ["podman", "buildah"], onlyWith: /^(?:-\S+ )*unshare\b/ },
      {
        names: ["rootlesskit", "slirp4netns", "proot", "toolbox", "distrobox"],
        needsArguments: true,
        notWith: asksForHelp,
      },
    ],
  },
  {
    id: "host-namespace",
    category: "namespaces",
    level: "warning",
    securitySeverity: "6.0",
    reason: "shares a namespace of the host with a container",
  },
  {
    id: "cap-sys-admin",
    category: "capabilities",
    level: "error",
    securitySeverity: "9.0",
    reason: "gives CAP_SYS_ADMIN (or all capabilities)",
  },
  {
    id: "cap-privileged",
    category: "capabilities",
    level: "error",
    securitySeverity: "7.5",
    reason: "gives a privileged capability",
  },
  {
    id: "privileged-container",
    category: "capabilities",
    level: "error",
    securitySeverity: "9.0",
    reason: "gives a container every capability and every device",
  },
  {
    id: "confinement-off",
    category: "capabilities",
    level: "warning",
    securitySeverity: "6.0",
    reason: "turns off the system call filter or the mandatory access control of a container",
  },
  {
    id: "pivot-root",
    category: "privileged-operations",
    level: "error",
    securitySeverity: "8.0",
    reason: "changes the root of the mount namespace",
    calls: [{ name: "pivot_root", arity: 2, number: 155 }],
    commands: [{ names: ["pivot_root", "switch_root"], needsArguments: true, notWith: asksForHelp }],
  },
  {
    id: "chroot",
    category: "privileged-operations",
    level: "error",
    securitySeverity: "7.0",
    reason: "changes the root directory, which needs CAP_SYS_CHROOT",
    calls: [{ name: "chroot", arity: 1, number: 161 }],
    commands: [
      {
        names: ["chroot", "arch-chroot", "schroot", "debootstrap"],
        needsArguments: true,
        notWith: asksForHelp,
      },
    ],
  },
  {
    id: "kernel-module",
    category: "privileged-operations",
    level: "error",
    securitySeverity: "9.0",
    reason: "loads or removes kernel code",
    calls: [
      { name: "init_module", arity: 3, number: 175 },
      { name: "finit_module", arity: 3, number: 313 },
      { name: "delete_module", arity: 2, number: 176 },
      { name: "kexec_load", arity: 4, number: 246 },
      { name: "kexec_file_load", arity: 5, number: 320 },
    ],
    commands: [
      {
        names: ["modprobe", "insmod", "rmmod", "kexec"],
        needsArguments: true,
        notWith:
          /(?:^| )(?:--help|--version|-V|-h|-n|--dry-run|--show|-D|--show-depends|-c|--showconfig)(?: |$)/,
      },
    ],
  },
  {
    id: "bpf",
    category: "privileged-operations",
    level: "error",
    securitySeverity: "8.0",
    reason: "puts programs into the kernel",
    calls: [
      { name: "bpf", arity: 3, number: 321 },
      { name: "bpf_prog_load", arity: 6 },
      { name: "bpf_object__load", arity: 1 },
    ],
    commands: [
      { names: ["bpftrace"], needsArguments: true, notWith: asksForHelp },
      { names: ["bpftool"], onlyWith: /\b(?:load|loadall|attach|pin)\b/ },
    ],
  },
  {
    id: "ptrace",
    category: "privileged-operations",
    level: "error",
    securitySeverity: "7.0",
    reason: "takes control of another process",
    calls: [
      { name: "ptrace", arity: 4, number: 101, notWith: /\b(?:PTRACE_TRACEME|PT_TRACE_ME)\b/ },
      { name: "process_vm_writev", arity: 6, number: 311 },
    ],
    commands: [
      {
        names: ["strace", "ltrace", "gdb", "lldb", "gcore"],
        onlyWith: /(?:^| )(?:-p ?\S*|--attach\S*|--pid\S*)(?: |$)/,
      },
    ],
  },
  {
    id: "system-state",
    category: "privileged-operations",
    level: "error",
    securitySeverity: "7.5",
    reason: "changes the state of the whole machine",
    calls: [
      { name: "reboot", arity: 1, number: 169 },
      { name: "swapon", arity: 2, number: 167 },
      { name: "swapoff", arity: 1, number: 168 },
      { name: "sethostname", arity: 2, number: 170 },
      { name: "setdomainname", arity: 2, number: 171 },
      { name: "settimeofday", arity: 2, number: 164 },
      { name: "clock_settime", arity: 2, number: 227 },
      { name: "adjtimex", arity: 1, number: 159 },
      { name: "acct", arity: 1, number: 163 },
      { name: "quotactl", arity: 4, number: 179 },
      { name: "vhangup", arity: 0, number: 153 },
    ],
    commands: [
      { names: ["reboot", "poweroff", "halt"], notWith: asksForHelp },
      { names: ["systemctl"], onlyWith: /(?:^| )(?:reboot|poweroff|halt|kexec)(?: |$)/ },
      {
        names: ["shutdown"],
        onlyWith: /(?:^| )(?:now|-r|-h|-P|-H|\+\d+)(?: |$)/,
        notWith: /(?:^| )--help(?: |$)/,
      },
      {
        names: ["swapon", "swapoff"],
        needsArguments: true,
        notWith: /(?:^| )(?:--help|--version|-V|-h|-s|--show\S*|--summary)(?: |$)/,
      },
      {
        names: ["sysctl"],
        onlyWith: /(?:^| )(?:-w|--write|-p\S*|--load\S*|--system)(?: |$)|(?:^| )[\w./-]+=/,
      },
    ],
  },
  {
    id: "io-port",
    category: "privileged-operations",
    level: "error",
    securitySeverity: "8.0",
    reason: "gives the process direct access to hardware",
    calls: [
      { name: "iopl", arity: 1, number: 172 },
      { name: "ioperm", arity: 3, number: 173 },
    ],
  },
  {
    id: "device-node",
    category: "privileged-operations",
    level: "error",
    securitySeverity: "7.0",
    reason: "makes a device node or opens files past the permission check",
    calls: [
      { name: "mknod", arity: 3, number: 133, onlyWith: /\bS_IF(?:BLK|CHR)\b/ },
      { name: "mknodat", arity: 4, number: 259, onlyWith: /\bS_IF(?:BLK|CHR)\b/ },
      { name: "open_by_handle_at", arity: 3, number: 304 },
    ],
    commands: [{ names: ["mknod"], onlyWith: /(?:^| )[bcu] \d+ \d+/ }],
  },
  {
    id: "raw-syscall",
    category: "raw-system-calls",
    level: "note",
    securitySeverity: "2.0",
    reason: "can make any system call by number; the dynamic proof shows which ones it makes",
  },
];

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

/** Flags of mount(2) that nothing else has; MS_SYNC, MS_ASYNC and MS_INVALIDATE belong to msync(2). */
export const mountFlag =
  /^(?:MS_(?:BIND|REC|PRIVATE|SLAVE|SHARED|UNBINDABLE|MOVE|REMOUNT|RDONLY|NOSUID|NODEV|NOEXEC|NOATIME|NODIRATIME|RELATIME|STRICTATIME|LAZYTIME|SILENT|MANDLOCK|DIRSYNC|SYNCHRONOUS)|MNT_DETACH|UMOUNT_NOFOLLOW|OPEN_TREE_CLONE|MOVE_MOUNT_[A-Z_]+|FSCONFIG_[A-Z_]+)$/;

export const namespaceFlag = /^CLONE_(?:NEW(?:NS|CGROUP|UTS|IPC|USER|PID|NET|TIME)|INTO_CGROUP)$/;

/** Files under which writing changes something that is not ours. */
export const forbiddenWrites: readonly { readonly path: RegExp; readonly rule: string }[] = [
  { path: /^\/sys\/fs\/cgroup(?:\/|$)/, rule: "cgroup-write" },
  {
    path: /\/(?:cgroup\.(?:procs|threads|subtree_control|type|freeze|kill)|memory\.(?:max|high|limit_in_bytes)|cpu\.(?:max|weight|cfs_quota_us|shares)|pids\.max|cpuset\.(?:cpus|mems))$/,
    rule: "cgroup-write",
  },
  {
    path: /^\/proc\/(?:self|thread-self|\$\S+|\d+)\/(?:uid_map|gid_map|setgroups)$/,
    rule: "namespace-unshare",
  },
  { path: /^\/proc\/(?:sysrq-trigger$|sys\/)/, rule: "system-state" },
];

/** Reading these is worth a note. */
export const notedReads: readonly { readonly path: RegExp; readonly rule: string }[] = [
  {
    path: /^\/proc\/(?:(?:self|\d+|\$\S+)\/)?(?:mounts|mountinfo|mountstats)$|^\/etc\/mtab$/,
    rule: "mount-table-read",
  },
  { path: /^\/sys\/fs\/cgroup(?:\/|$)/, rule: "cgroup-read" },
];

const byId = new Map(rules.map((rule) => [rule.id, rule]));

/** @throws if no row has this id: a front end named a rule that does not exist. */
export function ruleById(id: string): Rule {
  const rule = byId.get(id);
  if (rule === undefined) throw new Error(`no rule called ${id} in rules.ts`);
  return rule;
}

export interface CallRow extends ForbiddenCall {
  readonly rule: Rule;
}

const callRows: readonly CallRow[] = rules.flatMap((rule) =>
  (rule.calls ?? []).map((call) => ({ ...call, rule })),
);
const callsByName = new Map(callRows.map((row) => [row.name, row]));
const callsByNumber = new Map(
  callRows.flatMap((row) => (row.number === undefined ? [] : [[row.number, row] as const])),
);

export function callNamed(name: string): CallRow | undefined {
  return callsByName.get(name);
}

/** `272` on x86-64. Other architectures number the older calls differently: known limit, written in the README. */
export function callNumbered(number: number): CallRow | undefined {
  return callsByNumber.get(number);
}

/** A call of one of the functions above, or a flag of theirs, as C writes it: what an unparsable stretch of C must not hold. */
export const suspiciousInC = new RegExp(
  `\\b(?:${callRows.map((row) => row.name).join("|")}|syscall|system|popen|dlsym|exec[lv]\\w*|posix_spawnp?)\\s*\\(|\\bCLONE_NEW|\\bMS_(?:BIND|REC|PRIVATE|MOVE)\\b`,
);

/**
 * C hears the trigger words in every other comment; without one of these there is still nothing to find: a call of
 * the table, something that executes, a flag, a capability, a file under /sys or /proc.
 */
export const possibleInC = new RegExp(
  `\\b(?:${callRows.map((row) => row.name).join("|")}|syscall|dlv?sym)\\s*\\)?\\s*\\(|\\b(?:system|popen|g_spawn_command_line_a?sync|exec[lv]\\w*|posix_spawnp?|QProcess)\\b|\\b(?:CLONE_|MS_|MNT_|UMOUNT_|OPEN_TREE_|MOVE_MOUNT_|FSCONFIG_|CAP_)[A-Z]|/sys/fs/cgroup|/proc/|/etc/mtab`,
);

/** What the dynamic proof asks the kernel about. */
export const systemCallNames: readonly string[] = callRows
  .filter((row) => row.number !== undefined)
  .map((row) => row.name);

/** Whether a call with these arguments is the forbidden one; `argumentText` is the source of all arguments. */
export function callApplies(row: ForbiddenCall, argumentText: string): boolean {
  if (row.onlyWith !== undefined && !row.onlyWith.test(argumentText)) return false;
  return row.notWith === undefined || !row.notWith.test(argumentText);
}

export interface CommandRow extends ForbiddenCommand {
  readonly rule: Rule;
}

const commandRows = new Map<string, CommandRow[]>();
for (const rule of rules) {
  for (const command of rule.commands ?? []) {
    for (const name of command.names) {
      const rows = commandRows.get(name) ?? [];
      rows.push({ ...command, rule });
      commandRows.set(name, rows);
    }
  }
}

/** The row a command line falls under, the first in table order. `moreArgumentsCome`: `xargs umount` gets its operand later. */
export function commandRule(
  name: string,
  argumentsText: readonly string[],
  moreArgumentsCome = false,
): Rule | undefined {
  const joined = argumentsText.join(" ");
  const hasArguments = argumentsText.length > 0 || moreArgumentsCome;
  return commandRows.get(name)?.find((row) => {
    if (row.needsArguments === true && !hasArguments) return false;
    if (row.withoutArguments === true && hasArguments) return false;
    if (row.onlyWith !== undefined && !row.onlyWith.test(joined)) return false;
    return (
      row.notWith === undefined ||
      (argumentsText.length === 0 && moreArgumentsCome) ||
      !row.notWith.test(joined)
    );
  })?.rule;
}

/**
 * A necessary condition for any finding: text without one of these words cannot hold one, whatever its language,
 * so it need not be parsed. It never decides that something IS a finding. Kept next to the rows it must cover;
 * `rules.test.ts` checks that every row is covered.
 */
export const triggerWords = new RegExp(
  [
    "(?<![aA])[mM]ount|MOUNT|\\bmnt_|mntent|\\bmtab|MNT_|UMOUNT_|\\bMS_[A-Z]|lowerdir|[oO]verlay|findmnt|losetup|udisksctl",
    "fsopen|Fsopen|fsconfig|Fsconfig|FSCONFIG|fspick|Fspick|FSPICK|FSOPEN|open_tree|OpenTree|OPEN_TREE",
    "fusermount|fuse_|fuse-overlayfs|sshfs|squashfuse|bindfs|rclone",
    "cgroup|Cgroup|CGROUP|cgcreate|cgexec|cgset|cgclassify|cgdelete|cgconfig|systemd-run|Delegate=|memory\\.(?:max|high|limit)|cpu\\.(?:max|weight|cfs|shares)|pids\\.max|cpuset\\.",
    "unshare|Unshare|UNSHARE|setns|Setns|SETNS|CLONE_|CloneFlags|Cloneflags|nsenter|netns|(?:uid|gid)_map|new[ug]idmap|setgroups|namespaces",
    "bwrap|firejail|nsjail|nspawn|minijail|lxc-|\\b(?:runc|crun|youki)\\b|rootlesskit|slirp4netns|proot|toolbox|distrobox",
    "hostPID|hostIPC|pid_mode|\\b(?:pid|ipc|uts|cgroup|userns_mode)[\"']?\\s*:\\s*[\"']?host|--(?:pid|ipc|uts|userns)",
    "\\bSYS_[A-Z]|\\bsys_(?:mount|admin)|_CAP_|\\bCAP_|\\bcap_|[cC]ap-?[aA]dd|CAP_ADD|[cC]apabilit|setcap|capsh|[pP]rivileged|seccomp|apparmor|unconfined|security\\.insecure",
    "pivot_root|[pP]ivotRoot|pivot_?root|switch_root|chroot|Chroot|CHROOT|schroot|debootstrap|RootDirectory|RootImage",
    "init_module|finit_module|delete_module|(?:Init|Delete)Module|kmod|modprobe|insmod|rmmod|kexec|KEXEC",
    "bpf|Bpf|BPF|ptrace|Ptrace|PTRACE|process_vm_|strace|ltrace|\\b(?:gdb|lldb)\\b|gcore",
    "\\b[rR]eboot|\\bREBOOT|poweroff|\\bhalt\\b|\\bshutdown\\b|swapo|Swapo|set(?:host|domain)name|Set(?:host|domain)name|settime|Settime|adjtimex|Adjtimex|\\b[aA]cct\\b|quotactl|Quotactl|vhangup|Vhangup|sysctl|/proc/sys|sysrq",
    "iopl|Iopl|ioperm|Ioperm|mknod|Mknod|open_by_handle_at|OpenByHandleAt",
    "[sS]yscall|SYSCALL|__NR_|Sysno",
  ].join("|"),
);
