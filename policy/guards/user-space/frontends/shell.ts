/** Shell scripts as files. Other shells than those the parser knows (fish, csh, PowerShell) are not claimed. */
import { scanShell } from "../shell/shell-script.ts";
import type { FrontEnd } from "../frontend.ts";

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => scanShell(source.text.replace(/\r\n/g, "\n"), surroundings.embed),
};
