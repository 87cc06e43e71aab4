/** Crates of Rust that reach the kernel or start programs. */

/** Crates that hand system calls through under their own names. */
export const systemCrates =
  /^(?:libc|nix(?:::\w+)*|rustix(?:::\w+)*|linux_raw_sys(?:::\w+)*|std::os::unix::fs|syscalls(?:::\w+)*|sc)$/;

/** Functions that do not carry the C name. */
const otherFunctions: readonly { readonly path: RegExp; readonly rule: string }[] = [
  {
    path: /^rustix::mount::(?:mount_bind|mount_remount|mount_move|mount_change|mount_recursive_bind|mount_bind_recursive|mount2|unmount)$/,
    rule: "mount-call",
  },
  { path: /^rustix::(?:thread|process)::unshare(?:_unsafe)?$/, rule: "namespace-unshare" },
  {
    path: /^rustix::(?:thread|process)::(?:move_into_link_name_space|move_into_thread_name_spaces)$/,
    rule: "namespace-setns",
  },
  {
    path: /^rustix::mount::(?:fsopen|fsmount|fspick|fsconfig_\w+|move_mount|open_tree)$/,
    rule: "mount-new-api",
  },
  { path: /^nix::sys::ptrace::(?:attach|seize|write|write_user|setregs|interrupt)$/, rule: "ptrace" },
  { path: /^sys_mount::(?:Mount::(?:new|builder)|unmount)$/, rule: "mount-call" },
  { path: /^(?:proc_)?mounts?::Mount::new$/, rule: "mount-call" },
  { path: /^libmount::(?:BindMount|Overlay|Tmpfs|Remount|ModernMount)::new$/, rule: "mount-call" },
  { path: /^loopdev::LoopControl::open$/, rule: "mount-call" },
  {
    path: /^cgroups_rs::(?:\w+::)*(?:CgroupBuilder::new|Cgroup::(?:new|load|new_with_specified_controllers))$/,
    rule: "cgroup-write",
  },
  { path: /^(?:unshare::Command|unshare)::new$/, rule: "" },
  {
    path: /^libcontainer::(?:\w+::)*(?:ContainerBuilder|YoukiConfig)::(?:new|load)$/,
    rule: "namespace-tool",
  },
  {
    path: /^(?:aya::(?:Ebpf|Bpf|EbpfLoader|BpfLoader)::(?:load|load_file|new)|libbpf_rs::ObjectBuilder::default)$/,
    rule: "bpf",
  },
  {
    path: /^(?:fuser|fuse|polyfuse|fuse3|fuse_mt|fuse_backend_rs)(?:::\w+)*::(?:mount2?|spawn_mount2?|mount_with_unprivileged|Session::new|KernelConfig::\w+)$/,
    rule: "fuse",
  },
  { path: /^(?:reboot|system_shutdown)::(?:reboot|shutdown|force_reboot)$/, rule: "system-state" },
];

export function otherFunction(path: string): string | undefined {
  const found = otherFunctions.find((each) => each.path.test(path))?.rule;
  return found === "" ? undefined : found;
}

/** `Command::new` of anything that starts processes. */
export const commandConstructor =
  /(?:^|::)(?:process|tokio|async_process|async_std|duct|Command|subprocess|Exec|unshare|openssh|assert_cmd)::(?:\w+::)*(?:new|cmd|shell)$|^Command::new$|^Exec::(?:cmd|shell)$/;

/** Macros that run a command line: their first text, or their texts as words. */
export const commandMacros: Readonly<Record<string, "words" | "line">> = {
  cmd: "words",
  "duct::cmd": "words",
  "xshell::cmd": "line",
  run_cmd: "line",
  run_fun: "line",
  "cmd_lib::run_cmd": "line",
  "cmd_lib::run_fun": "line",
  spawn: "line",
  sh: "line",
};
