/** Control groups: limits and accounts of the machine, which only their owner may change. */
import { asksForHelp, c, compose, javascript, python, shell, systemd, type Rule } from "./rule.ts";

export const cgroupRules: readonly Rule[] = [
  {
    id: "cgroup-mount",
    category: "cgroups",
    level: "error",
    securitySeverity: "8.0",
    reason: "mounts the control group file system",
    fix: "use what is mounted, for reading",
    flagged: [
      shell("mount -t cgroup2 none /cg"),
      c('int f(void) { return mount("cgroup2", "/cg", "cgroup2", 0, 0); }'),
    ],
    clean: [shell("ls /sys/fs/cgroup")],
    commands: [
      { names: ["mount"], onlyWith: /(?:^| )(?:-\w*t ?|--types[ =])cgroup2?\b/ },
      { names: ["umount"], onlyWith: /(?:^| )\/sys\/fs\/cgroup/ },
    ],
  },
  {
    id: "cgroup-write",
    category: "cgroups",
    level: "error",
    securitySeverity: "7.5",
    reason: "changes control groups",
    fix: "limit work inside the process: fewer workers, smaller batches, ulimit",
    flagged: [
      shell("echo $$ > /sys/fs/cgroup/job/cgroup.procs"),
      shell("cgexec -g memory:job make"),
      javascript('require("fs").mkdirSync("/sys/fs/cgroup/job");'),
      python('open("/sys/fs/cgroup/job/memory.max", "w")'),
    ],
    clean: [shell("cat /sys/fs/cgroup/memory.max"), javascript('const text = "/sys/fs/cgroup/job";')],
    calls: [
      { name: "cgroup_create_cgroup", arity: 2 },
      { name: "cgroup_modify_cgroup", arity: 1 },
      { name: "cgroup_delete_cgroup", arity: 2 },
      { name: "cgroup_attach_task", arity: 1 },
      { name: "cgroup_attach_task_pid", arity: 2 },
    ],
    commands: [
      {
        names: ["cgcreate", "cgexec", "cgset", "cgclassify", "cgdelete", "cgconfigparser"],
        needsArguments: true,
        notWith: asksForHelp,
      },
    ],
  },
  {
    id: "cgroup-indirect",
    category: "cgroups",
    level: "warning",
    securitySeverity: "4.0",
    reason: "has control groups changed on our behalf",
    fix: "leave limits to the service manager's own configuration",
    flagged: [
      shell("systemd-run --user --scope -p MemoryMax=1G make"),
      systemd("[Service]\nDelegate=yes\n"),
      compose("services:\n  a:\n    image: x\n    cgroup_parent: job\n"),
    ],
    clean: [shell("systemctl start app"), systemd("[Service]\nDelegate=no\n")],
    commands: [
      {
        names: ["systemd-run"],
        onlyWith:
          /(?:^| )(?:-p|--property)[ =]?(?:Memory|CPU|IO|Tasks|Delegate|AllowedCPUs|Slice)|--scope|--slice/,
      },
      {
        names: ["systemctl"],
        onlyWith: /(?:^| )set-property .*(?:Memory|CPU|IO|Tasks|Delegate|AllowedCPUs|Slice)/,
      },
    ],
  },
  {
    id: "cgroup-read",
    category: "cgroups",
    level: "note",
    securitySeverity: "0.0",
    reason: "reads control group files; reading is allowed",
    fix: "nothing; Node offers process.constrainedMemory()",
    flagged: [shell("cat /sys/fs/cgroup/cpu.max"), shell("lscgroup")],
    clean: [shell("cat /proc/cpuinfo")],
    commands: [{ names: ["lscgroup", "systemd-cgls"] }, { names: ["cgget"], needsArguments: true }],
  },
];
