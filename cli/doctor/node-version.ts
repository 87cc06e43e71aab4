import { readFileSync } from "node:fs";
import { type Check, ok, problem, warning } from "./check.ts";

/** Majors that the tests run on. */
const testedMajors = [22, 24, 26];

/** `>=22.18`, the only form the package uses. */
function required(): { text: string; major: number; minor: number } {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    engines: { node: string };
  };
  const text = manifest.engines.node;
  const [major = 0, minor = 0] = text.replace(/^>=/, "").split(".").map(Number);
  return { text, major, minor };
}

export const nodeVersionCheck: Check = {
  id: "node-version",
  title: "Node.js",
  run({ nodeVersion }) {
    const { text, major, minor } = required();
    const [nodeMajor = 0, nodeMinor = 0] = nodeVersion.split(".").map(Number);
    const facts = { version: nodeVersion, required: text };
    if (nodeMajor < major || (nodeMajor === major && nodeMinor < minor))
      return problem(`${nodeVersion} is older than ${text}`, `install Node.js ${text}`, facts);
    if (!testedMajors.includes(nodeMajor))
      return warning(
        `${nodeVersion} satisfies ${text}, but tests run on ${testedMajors.join(", ")}`,
        `prefer Node.js ${testedMajors.join(", ")}`,
        facts,
      );
    return ok(nodeVersion, facts);
  },
};
