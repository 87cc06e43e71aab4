import { type Check, ok, warning } from "./check.ts";

export const processIoCheck: Check = {
  id: "process-io",
  title: "I/O accounting",
  run(machine) {
    const text = machine.readText("/proc/self/io");
    return text !== undefined && /^wchar: \d+$/m.test(text) && /^write_bytes: \d+$/m.test(text)
      ? ok("/proc/<pid>/io is there")
      : warning(
          "/proc/<pid>/io is missing: bytes written cannot be counted, so the validation cannot judge I/O",
          "run benchmarks on Linux with task I/O accounting (CONFIG_TASK_IO_ACCOUNTING); storing works without it",
        );
  },
};
