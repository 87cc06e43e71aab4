import { type Check, ok, warning } from "./check.ts";

function programCheck(name: string, neededFor: string): Check {
  return {
    id: name,
    title: `${name} (program)`,
    run(machine) {
      const path = machine.program(name);
      return path === undefined
        ? warning(`not in PATH: ${neededFor}`, `install ${name}; storing works without it`)
        : ok(path, { path });
    },
  };
}

export const gitCheck = programCheck("git", "the validation compares with Git and cannot run");
export const straceCheck = programCheck(
  "strace",
  "`audit syscalls --exec` and the user-space gate of the validation cannot look at real system calls",
);
