// node convert-pack.mjs PACK.jsonl OUT: lines of {task_id, prompt, canonical_solution, test, entry_point} into tasks.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const [pack, out] = process.argv.slice(2);
for (const line of readFileSync(pack, "utf8").split("\n").filter(Boolean)) {
  const { task_id, prompt, canonical_solution, test, entry_point } = JSON.parse(line);
  const id = task_id.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const asserts = test.split("\n").filter((each) => each.trim().startsWith("assert"));
  const suite = (check) =>
    `import unittest\nfrom program import ${entry_point}\n\n${check}\n\nclass Tests(unittest.TestCase):\n    def test_it(self):\n        check(${entry_point})\n`;
  const command = (name) =>
    `{ directory: ${name}, command: [python3, -m, unittest, test_${name}], evidence: { from: unittest } }`;
  const files = {
    "files/program.py": `${prompt}    pass\n`,
    "oracle/program.py": prompt + canonical_solution,
    "visible/test_visible.py": suite(`def check(candidate):\n${asserts[0]}\n`),
    "hidden/test_hidden.py": suite(test),
    "task.yaml": `format: helios-task/1\nid: ${id}\nversion: 1\ntitle: ${entry_point}\ninstruction: ${JSON.stringify(prompt)}\nlanguage: python\nvisible: ${command("visible")}\nhidden: ${command("hidden")}\noracle: { directory: oracle }\nnoOp: { visible: red, hidden: red }\nallowedPaths: [program.py]\ntimeouts: { setupSeconds: 10, searchSeconds: 20, verificationSeconds: 10 }\nseed: 1\nenvironment: { TZ: UTC, LANG: C.UTF-8, PYTHONHASHSEED: "0" }\ntags: { size: three-line, kind: feature }\n`,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(out, id, path)), { recursive: true });
    writeFileSync(join(out, id, path), text);
  }
}
