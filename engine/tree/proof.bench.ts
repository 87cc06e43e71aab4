/** How large a proof is, and how long making and verifying it takes, by the number of entries. */
import { hashBlob } from "../object/hash.ts";
import { snapshotIdOf } from "../object/ids.ts";
import { type ProofQuery, prove } from "./proof.ts";
import { Tree } from "./tree.ts";
import { verifyProof } from "./verify-proof.ts";

export interface ProofBenchSetting {
  readonly entries: number;
  readonly operations: number;
}

export interface ProofBenchRow {
  readonly what: string;
  readonly nodes: number;
  /** Of the encoded nodes, and of the whole proof as JSON; means. */
  readonly nodeBytes: number;
  readonly jsonBytes: number;
  readonly proveP50Us: number;
  readonly verifyP50Us: number;
  readonly verifyP95Us: number;
}

const RANGE_ENTRIES = 100;

export function runProofBench({ entries, operations }: ProofBenchSetting): ProofBenchRow[] {
  const path = (i: number) => `src/package-${i % 97}/module-${i % 1013}/file-${i}.ts`;
  const tree = new Tree(() => {
    throw new Error("nothing is to be loaded");
  });
  for (let i = 0; i < entries; i++) tree.put(path(i), hashBlob(Buffer.from(`content ${i}`)), 0, 1000);
  tree.rootHash();
  const sorted = Array.from(tree.iterate(), (entry) => entry.path);
  const at = (i: number) => (i * 7919) % entries;
  return [
    measure(tree, "inclusion of one path", operations, (i) => ({ kind: "path", path: path(at(i)) })),
    measure(tree, "absence of one path", operations, (i) => ({ kind: "path", path: `${path(at(i))}x` })),
    measure(tree, `range of ${RANGE_ENTRIES} paths`, Math.ceil(operations / 10), (i) => {
      const from = at(i) % (entries - RANGE_ENTRIES);
      return { kind: "range", gte: sorted[from]!, lt: sorted[from + RANGE_ENTRIES]! };
    }),
  ];
}

function measure(
  tree: Tree,
  what: string,
  operations: number,
  query: (i: number) => ProofQuery,
): ProofBenchRow {
  const id = snapshotIdOf(tree.rootHash());
  const [proveUs, verifyUs] = [new Float64Array(operations), new Float64Array(operations)];
  let [nodes, nodeBytes, jsonBytes] = [0, 0, 0];
  for (let i = 0; i < operations; i++) {
    const asked = query(i);
    const started = process.hrtime.bigint();
    const proof = prove(tree, asked);
    const made = process.hrtime.bigint();
    const verdict = verifyProof(proof, id, asked);
    verifyUs[i] = Number(process.hrtime.bigint() - made) / 1000;
    proveUs[i] = Number(made - started) / 1000;
    if (!verdict.valid) throw new Error(`a proof was refused: ${verdict.message}`);
    nodes += proof.nodes.length;
    for (const node of proof.nodes) nodeBytes += Buffer.byteLength(node, "base64");
    jsonBytes += Buffer.byteLength(JSON.stringify(proof));
  }
  proveUs.sort();
  verifyUs.sort();
  const rank = (us: Float64Array, q: number) => us[Math.ceil(q * us.length) - 1]!;
  return {
    what,
    nodes: nodes / operations,
    nodeBytes: nodeBytes / operations,
    jsonBytes: jsonBytes / operations,
    proveP50Us: rank(proveUs, 0.5),
    verifyP50Us: rank(verifyUs, 0.5),
    verifyP95Us: rank(verifyUs, 0.95),
  };
}

export function proofBenchTable(rows: readonly ProofBenchRow[]): string {
  const lines = rows.map(({ what, nodes, nodeBytes, jsonBytes, proveP50Us, verifyP50Us, verifyP95Us }) =>
    [
      what.padEnd(24),
      nodes.toFixed(1).padStart(6),
      ...[nodeBytes, jsonBytes, proveP50Us, verifyP50Us, verifyP95Us].map((value) =>
        value.toFixed(0).padStart(11),
      ),
    ].join(" "),
  );
  const head = "nodes  node bytes  JSON bytes    prove us   verify us verify p95us";
  return [`${"mean size, p50 time".padEnd(24)}  ${head}`, ...lines].join("\n");
}

if (import.meta.main)
  for (const entries of [1000, 100_000]) {
    console.log(`${entries} entries, Node ${process.version}`);
    console.log(proofBenchTable(runProofBench({ entries, operations: 2000 })));
  }
