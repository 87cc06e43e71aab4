import { type Check, ok, warning } from "./check.ts";

export const processorsCheck: Check = {
  id: "processors",
  title: "processors",
  run({ processors }) {
    const facts = { processors };
    return processors < 2
      ? warning(
          "one processor: checkpoints and imports on worker threads take their time from commits",
          "give the machine or container two; benchmarks on one measure the scheduler",
          facts,
        )
      : ok(`${processors} usable`, facts);
  },
};
