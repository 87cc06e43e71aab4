/** Capabilities: CAP_SYS_ADMIN, its privileged siblings, and the container settings that give all of them. */
import { asksForHelp, c, compose, shell, systemd, type Rule } from "./rule.ts";

const drop = "drop all capabilities and add none";

export const capabilityRules: readonly Rule[] = [
  {
    id: "cap-sys-admin",
    category: "capabilities",
    level: "error",
    securitySeverity: "9.0",
    reason: "gives CAP_SYS_ADMIN (or all capabilities)",
    fix: drop,
    flagged: [
      compose("services:\n  a:\n    image: x\n    cap_add: [sys_admin]\n"),
      shell("docker run --cap-add=ALL alpine"),
      shell("setcap cap_sys_admin+ep ./tool"),
      systemd("[Service]\nAmbientCapabilities=CAP_SYS_ADMIN\n"),
    ],
    clean: [
      compose("services:\n  a:\n    image: x\n    cap_drop: [ALL]\n"),
      c("int f(void) { return capable(CAP_SYS_ADMIN); }"),
    ],
  },
  {
    id: "cap-privileged",
    category: "capabilities",
    level: "error",
    securitySeverity: "7.5",
    reason: "gives a privileged capability",
    fix: drop,
    flagged: [
      shell("docker run --cap-add NET_ADMIN alpine"),
      compose("services:\n  a:\n    image: x\n    cap_add: [SYS_PTRACE]\n"),
    ],
    clean: [
      shell("setcap cap_net_bind_service=+ep ./server"),
      compose("services:\n  a:\n    image: x\n    cap_add: [CHOWN]\n"),
    ],
  },
  {
    id: "privileged-container",
    category: "capabilities",
    level: "error",
    securitySeverity: "9.0",
    reason: "gives a container every capability and every device",
    fix: "run it without; add the one device or the one capability it needs",
    flagged: [
      compose("services:\n  a:\n    image: x\n    privileged: true\n"),
      shell("docker run --privileged alpine"),
      { path: "Dockerfile", code: "FROM a\nRUN --security=insecure make\n" },
      { path: "a.tf", code: 'resource "docker_container" "a" {\n  privileged = true\n}\n' },
    ],
    clean: [
      compose("services:\n  a:\n    image: x\n    privileged: false\n"),
      { path: "data.yaml", code: "user: { privileged: true }\n" },
    ],
  },
  {
    id: "confinement-off",
    category: "capabilities",
    level: "warning",
    securitySeverity: "6.0",
    reason: "turns off the system call filter or the mandatory access control",
    fix: "keep the default profile, or write one that allows the one call that is needed",
    flagged: [shell("docker run --security-opt seccomp=unconfined alpine"), shell("sudo setenforce 0")],
    clean: [shell("docker run --security-opt no-new-privileges alpine"), shell("getenforce")],
    commands: [
      { names: ["setenforce"], onlyWith: /^(?:0|[pP]ermissive)\b/ },
      { names: ["aa-disable", "aa-complain", "aa-teardown"], notWith: asksForHelp },
      { names: ["apparmor_parser"], onlyWith: /(?:^| )(?:-\w*R\w*|--remove)(?: |$)/ },
    ],
  },
];
