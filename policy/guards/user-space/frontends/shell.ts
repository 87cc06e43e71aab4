/** Shell scripts as files, and tests for Bats. Other shells than those the parser knows (fish, csh) are not claimed. */
import { scanShell } from "../shell/shell-script.ts";
import type { FrontEnd } from "../frontend.ts";

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => {
    const text = source.text.replace(/\r\n/g, "\n");
    const isBats = source.path.endsWith(".bats");
    // `@test "name" {` is a function to the shell.
    const script = isBats ? text.replace(/^@test\s.*\{\s*$/gm, "bats_test() {") : text;
    return scanShell(script, surroundings.embed);
  },
};
