/**
 * Necessary conditions for any finding: text without one of these words cannot hold one, so it need not be parsed. They
 * never decide that something IS a finding. `rules.test.ts` checks that every row of the rules is covered.
 */
import { rules } from "../rules.ts";

const callNames = rules.flatMap((rule) => (rule.calls ?? []).map((call) => call.name));
const commandNames = rules.flatMap((rule) => (rule.commands ?? []).flatMap((command) => command.names));

/**
 * Words of the rules themselves, and what stands for them in other languages and in configuration. Written for speed:
 * `mount` is the most frequent of all, and every test of a browser has a `mounted`.
 */
const words = new RegExp(
  [
    "[mM]ount(?<![aA]mount)|MOUNT|\\bmnt_|mntent|\\bmtab|fstab|MNT_|UMOUNT_|\\bMS_[A-Z]|lowerdir|[oO]verlay|aufs|losetup|udisksctl|kpartx|findmnt",
    "fsopen|Fsopen|fsconfig|Fsconfig|FSCONFIG|fspick|Fspick|FSPICK|FSOPEN|open_tree|OpenTree|OPEN_TREE",
    "[fF]use(?:\\b|r|_)|fuse[-_3a-z]|sshfs|squashfuse|bindfs|rclone|s3fs|goofys|gocryptfs|encfs|mergerfs|ntfs-3g|curlftpfs",
    "cgroup|Cgroup|CGROUP|cgcreate|cgexec|cgset|cgget|cgclassify|cgdelete|cgconfig|systemd-(?:run|cg)|systemctl|Delegate=|memory\\.(?:max|high|limit)|cpu\\.(?:max|weight|cfs|shares)|pids\\.max|cpuset\\.",
    "unshare|Unshare|UNSHARE|setns|Setns|SETNS|CLONE_|CloneFlags|Cloneflags|nsenter|netns|NetNS|LinkSetNs|(?:uid|gid)_map|new[ug]idmap|setgroups|namespaces|LinuxNamespace|\\bclone[23]?\\([^)\\n]*0x|\\bip +-",
    "bwrap|firejail|nsjail|nspawn|minijail|lxc-|\\bch-run|\\b(?:runc|crun|youki)\\b|libcontainer|rootlesskit|slirp4netns|pasta\\b|proot|toolbox|distrobox|apptainer|singularity|machinectl|enroot",
    "[hH]ost_?(?:PID|IPC|Pid|Ipc|pid|ipc)|[pP]id_?[mM]ode|[iI]pc_?[mM]ode|\\b(?:pid|ipc|uts|cgroup|userns_mode)[\"']?\\s*:\\s*[\"']?host|--(?:pid|ipc|uts|userns|cgroupns)",
    "\\bSYS_[A-Z]|\\bsys_(?:mount|admin)|_CAP_|\\bCAP_|\\bcap_|[cC]ap-?[aA]dd|CAP_ADD|[cC]apabilit|setcap|capsh|[pP]rivileged|seccomp|apparmor|AppArmor|[uU]nconfined|Unmasked|security[.=]insecure|setenforce|\\baa-",
    "pivot_root|[pP]ivotRoot|pivot_?root|switch_root|chroot|Chroot|CHROOT|schroot|debootstrap|systemd-firstboot|RootDirectory|RootImage",
    "init_module|finit_module|delete_module|(?:Init|Delete)Module|kmod|modprobe|insmod|rmmod|kexec|KEXEC|dkms|modules-load|/etc/modules",
    "bpf|Bpf|BPF|xdp|ptrace|Ptrace|PTRACE|process_vm_|strace|ltrace|\\b(?:gdb|lldb)\\b|gcore|reptyr|pstack|eu-stack|\\bcriu\\b|\\bperf\\b|perf_event|fanotify",
    "\\b[rR]eboot|\\bREBOOT|poweroff|\\bhalt\\b|\\bshutdown\\b|\\b(?:tel)?init +[06]|swapo|Swapo|\\[Swap\\]|(?:host|domain)name|Set(?:host|domain)name|timedatectl|\\bdate +-|\\bdate[\"'],|hwclock|settime|Settime|adjtim|Adjtim|\\b[aA]cct|quota(?:ctl|on|off)|(?:set|ed)quota|Quotactl|vhangup|Vhangup|sysctl|/proc/sys|sysrq|/sys/(?:kernel|module|power)",
    "iopl|Iopl|ioperm|Ioperm|/dev/(?:k?mem|port)|mknod|Mknod|open_by_handle_at|OpenByHandleAt",
    "[sS]yscall|SYSCALL|__NR_|Sysno|\\bsvc\\b|\\bsudo\\b",
  ].join("|"),
);

/** Programs whose names are words of every day are found by their arguments, which are among the words above. */
const everyday = /^(?:date|init|telinit|ip|tc|zfs|gio|domainname|(?:__)?clone[23]?)$/;

/** Names that the words above do not find; a new row of the rules cannot be forgotten here. */
const otherNames = [...callNames, ...commandNames].filter(
  (name) => !everyday.test(name) && !words.test(`x ${name} y`),
);

/** For every language. */
export const triggerWords = new RegExp(
  [words.source, ...otherNames.map((name) => `\\b${name.replace(/[.+]/g, "\\$&")}\\b`)].join("|"),
);

/** A command of the rules, or a program that runs others, at the beginning of a quoted text. */
export const quotedCommand = new RegExp(
  `["'\`](?:/(?:usr/)?s?bin/)?(?:${[...new Set([...commandNames, "sudo", "doas", "docker", "podman", "nerdctl", "sh", "bash", "env"])].map((name) => name.replace(/[.+]/g, "\\$&")).join("|")})(?=[\\s"'\`])`,
  "g",
);

const unmistakableCommands = commandNames
  // Words of every day: alone they say nothing.
  .filter(
    (name) =>
      !/^(?:date|init|ip|tc|perf|hostname|zfs|gio|rclone|pasta|enroot|toolbox|systemctl|domainname|halt|shutdown|reboot)$/.test(
        name,
      ),
  )
  .map((name) => name.replace(/[.+]/g, "\\$&"));

/** `run("umount /x")`, `run(["mount", "-a"])`: every test of a browser says `mount`, so more has to follow. */
const handedOn = new RegExp(
  `["'\`](?:sudo|doas|docker|podman|${unmistakableCommands.filter((name) => name !== "mount").join("|")})["'\`\\s]|["'\`]mount(?:["'\`]\\s*,\\s*[["'\`]|\\s+[-/$])`,
);

function orHandedOn(words: RegExp): RegExp {
  return new RegExp(`${words.source}|${handedOn.source}`);
}

/** What an unparsable stretch of C must not hold: a call of the rules, or something that executes. */
export const suspiciousInC = new RegExp(
  `\\b(?:${callNames.join("|")}|syscall|system|popen|dlsym|exec[lv]\\w*|posix_spawnp?)\\s*\\(|\\bCLONE_NEW|\\bMS_(?:BIND|REC|PRIVATE|MOVE)\\b`,
);

/**
 * C hears the trigger words in every other comment; without one of these there is still nothing to find: a call of
 * the table, something that executes, a flag, a capability, a file under /sys or /proc, an instruction.
 */
export const possibleInC = orHandedOn(
  new RegExp(
    `\\b(?:${callNames.join("|")}|syscall|dlv?sym)\\s*\\)?\\s*\\(|\\b(?:system|popen|g_spawn_command_line_a?sync|exec[lv]\\w*|posix_spawnp?|QProcess)\\b|\\b(?:CLONE_|MS_|MNT_|UMOUNT_|OPEN_TREE_|MOVE_MOUNT_|FSCONFIG_|CAP_)[A-Z]|/sys/(?:fs/cgroup|kernel|module|power)|/proc/|/etc/(?:mtab|fstab|sysctl|modules)|/dev/(?:k?mem|port)|["'](?:syscall|svc\\b|int\\s+\\$0x80)`,
  ),
);

/**
 * JavaScript cannot make a system call: there is nothing to find without something that starts, binds, writes or
 * configures, or a command that is handed to another file. By the names of modules and functions in
 * `frontends/javascript/executors.ts`; `exec` alone is what every regular expression has.
 */
export const possibleInJavaScript = orHandedOn(
  /child_?-?[pP]rocess|execa|\bzx\b|\bdax\b|tinyspawn|cross-spawn|promise-spawn|spawn-please|teen_process|shelljs|@actions\/exec|exec\.exec|getExecOutput|tinyexec|nano-spawn|node-pty|foreground-child|sudo-prompt|node-cmd|\bssh|exec(?:File)?Sync|spawnSync|execFile|execa?Command|\b(?:Bun|Deno)\b|process\.binding|getBuiltinModule|\$+`|\$\(\{|koffi|\bffi|dlopen|fuse-|\/sys\/|\/proc\/|\/etc\/|\/dev\/(?:k?mem|port)|[hH]ostConfig|securityContext|withPrivilegedMode|withAddedCapabilities|aws-cdk|@pulumi|cdktf|cdk8s|projen|kubernetes|[hH]ostP[iI][dD]|[hH]ostI[pP][cC]/,
);

export const possibleInPython = orHandedOn(
  /subprocess|\bos\b|popen|system|pty|pexpect|asyncio|invoke|fabric|anyio|trio|\bsh\b|plumbum|ctypes|cffi|libc|pyroute2|prctl|unshare|nsenter|bcc|docker|containers|kubernetes|V1\w+|[pP]rivileged|securityContext|security_context|cap_add|CapAdd|capabilities|hostPID|host_pid|exec_command|exec_run|run_command|\.sudo\(|\.run\(|Execute|Command|open\(|Path\(|CLONE_NEW|\bMS_[A-Z]|MNT_/,
);

/**
 * What a text in a language without front end must not hold to be taken for harmless: a command of the rules at the
 * beginning of a text or behind `sudo`, a call of the C library by name, a flag, a setting. Deliberately narrower than the
 * trigger words: it decides whether a person has to look, and should not send people to every `mounted()`.
 */
export const possibleElsewhere = new RegExp(
  `(?:["'\`]|\\bsudo\\s+(?:-\\w+\\s+)*|(?:&&|\\|\\||[;|])\\s*)(?:/(?:usr/)?s?bin/)?(?:${[...new Set(unmistakableCommands)].join("|")})(?:\\s+[-/$%#{"'\`\\w]|["'\`])` +
    `|\\b(?:${callNames.filter((name) => !/^(?:clone|mknod|acct|bpf|reboot|mount|umount)$/.test(name)).join("|")}|u?mount2?|reboot)\\s*\\([^)]` +
    `|\\bCLONE_NEW[A-Z]|\\bMS_(?:BIND|REC|PRIVATE|REMOUNT)\\b|SYS_ADMIN|/sys/fs/cgroup|/proc/sys/|--privileged\\b|--cap-add|\\b[pP]rivileged["']?\\s*(?::|=>?)\\s*["']?true\\b|\\bsudo\\s+reboot|\\b(?:SYS_|__NR_)[a-z]\\w+`,
);
