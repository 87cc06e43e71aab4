/** Each front end against the law of its contract; what each can see in detail is scored in `corpus.test.ts`. */
import { frontEndSuite } from "../frontend.suite.ts";
import { frontEnd as c } from "./c.ts";
import { frontEnd as config } from "./config.ts";
import { frontEnd as dockerfile } from "./dockerfile.ts";
import { frontEnd as go } from "./go.ts";
import { frontEnd as javascript } from "./javascript.ts";
import { frontEnd as makefile } from "./makefile.ts";
import { frontEnd as markup } from "./markup.ts";
import { frontEnd as notebook } from "./notebook.ts";
import { frontEnd as python } from "./python.ts";
import { frontEnd as rust } from "./rust.ts";
import { frontEnd as shell } from "./shell.ts";
import { frontEnd as systemd } from "./systemd.ts";
import { frontEnd as tables } from "./tables.ts";
import { frontEnd as terraform } from "./terraform.ts";

frontEndSuite("javascript", javascript, {
  path: "a.ts",
  forbidden: {
    code: 'import { execSync } from "node:child_process";\n\nexecSync("unshare -Ur true");\n',
    rule: "namespace-unshare",
    line: 3,
  },
  harmless: '// execSync("unshare -Ur true")\nconst help = "mount -t overlay /x";\napp.mount("/x");\n',
});
frontEndSuite("c", c, {
  path: "a.c",
  forbidden: {
    code: "#include <sched.h>\nint main(void) {\n  return unshare(CLONE_NEWUSER);\n}\n",
    rule: "namespace-unshare",
    line: 3,
  },
  harmless: '/* unshare(CLONE_NEWUSER) */\nconst char *help = "mount /x";\nint mount(struct volume *v);\n',
});
frontEndSuite("go", go, {
  path: "a.go",
  forbidden: {
    code: 'package main\nimport "golang.org/x/sys/unix"\nfunc f() {\n\tunix.Unshare(unix.CLONE_NEWUSER)\n}\n',
    rule: "namespace-unshare",
    line: 4,
  },
  harmless:
    'package main\n// unix.Unshare(1)\nvar help = "mount -t overlay /x"\nfunc f(r Router) { r.Mount("/x", nil) }\n',
});
frontEndSuite("rust", rust, {
  path: "a.rs",
  forbidden: {
    code: "use nix::sched::{unshare, CloneFlags};\nfn f() {\n    unshare(CloneFlags::CLONE_NEWUSER).unwrap();\n}\n",
    rule: "namespace-unshare",
    line: 3,
  },
  harmless:
    '// libc::unshare(0)\nconst HELP: &str = "mount -t overlay /x";\nfn f(r: Rocket) { r.mount("/", routes); }\n',
});
frontEndSuite("python", python, {
  path: "a.py",
  forbidden: {
    code: 'import subprocess\n\nsubprocess.run(["unshare", "-Ur", "true"])\n',
    rule: "namespace-unshare",
    line: 3,
  },
  harmless: '# os.unshare(1)\nhelp = "mount -t overlay /x"\napp.mount("/static", files)\n',
});
frontEndSuite("shell", shell, {
  path: "a.sh",
  forbidden: { code: "#!/bin/sh\nset -e\nsudo unshare -m true\n", rule: "namespace-unshare", line: 3 },
  harmless: "# unshare -m\necho mount /x\ngrep unshare file\n",
});
frontEndSuite("makefile", makefile, {
  path: "Makefile",
  forbidden: { code: "all:\n\techo start\n\t@sudo unshare -m true\n", rule: "namespace-unshare", line: 3 },
  harmless: "# unshare\nmount: x\n\techo mount /x\n",
});
frontEndSuite("systemd", systemd, {
  path: "a.service",
  forbidden: {
    code: "[Service]\nType=simple\nExecStart=/usr/bin/unshare -m true\n",
    rule: "namespace-unshare",
    line: 3,
  },
  harmless: "# ExecStart=unshare\n[Service]\nExecStart=/usr/bin/node mount.js\nPrivateTmp=yes\n",
});
frontEndSuite("dockerfile", dockerfile, {
  path: "Dockerfile",
  forbidden: {
    code: "FROM alpine\nRUN --mount=type=cache,target=/c true\nRUN unshare -m true\n",
    rule: "namespace-unshare",
    line: 3,
  },
  harmless: "# RUN unshare\nFROM alpine\nRUN --mount=type=cache,target=/c echo mount /x\n",
});
frontEndSuite("config", config, {
  path: "compose.yaml",
  forbidden: {
    code: "services:\n  a:\n    privileged: true\n    image: x\n",
    rule: "privileged-container",
    line: 3,
  },
  harmless: "# privileged: true\nservices:\n  a:\n    image: x\n    privileged: false\nprivileged: true\n",
});
frontEndSuite("markup", markup, {
  path: "a.vue",
  forbidden: {
    code: '<template />\n<script>\nrequire("child_process").execSync("unshare -Ur true");\n</script>\n',
    rule: "namespace-unshare",
    line: 3,
  },
  harmless:
    '<p @click="mount">unshare -Ur</p>\n<script setup>\nonMounted(() => app.mount("#app"));\n</script>\n',
});
frontEndSuite("notebook", notebook, {
  path: "a.ipynb",
  forbidden: {
    code: '{"cells": [{"cell_type": "code",\n "source": [\n"!sudo unshare -m true"]}]}\n',
    rule: "namespace-unshare",
    line: 3,
  },
  harmless:
    '{"cells": [{"cell_type": "markdown", "source": ["!mount /x"]}, {"cell_type": "code", "source": ["drive.mount(1)"]}]}',
});
frontEndSuite("tables", tables, {
  path: "etc/fstab",
  forbidden: { code: "# devices\n\n/dev/vdb /data ext4 defaults 0 2\n", rule: "mount-call", line: 3 },
  harmless: "# /dev/vdb /data ext4 defaults 0 2\n/swapfile none swap sw 0 0\n",
});
frontEndSuite("terraform", terraform, {
  path: "a.tf",
  forbidden: {
    code: 'resource "docker_container" "a" {\n  image = "x"\n  privileged = true\n}\n',
    rule: "privileged-container",
    line: 3,
  },
  harmless:
    '# privileged = true\nvariable "privileged" {\n  default = true\n}\noutput "a" { value = "mount -a" }\n',
});
