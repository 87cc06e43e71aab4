/** Commits until a limit of the system stops it, and reports how that looked. */
import { Helios, HeliosError, type PersistentKind } from "../index.ts";
import { SeededRandom } from "../seeded-random.ts";

export interface LimitedReport {
  readonly acknowledged: number;
  readonly code: string;
  /** The working set still has what could not be committed. */
  readonly readBack: boolean;
}

interface Setting {
  readonly root: string;
  readonly l2: PersistentKind;
  readonly bytes: number;
  /** Contents that go to the object store. */
  readonly large: boolean;
}

const setting = JSON.parse(process.argv[2]!) as Setting;
const random = new SeededRandom(1);
const helios = await Helios.open({ root: setting.root, l2: setting.l2 });
const vst = helios.checkout("main");
let report: LimitedReport | undefined;
for (let i = 0; report === undefined && i < 10_000; i++) {
  const content = random.bytes(setting.bytes);
  vst.write("content", content);
  vst.write("step", `${i}`);
  try {
    vst.commit();
  } catch (error) {
    const readBack = Buffer.from(vst.read("content")!).equals(content) && vst.changedPaths === 2;
    report = { acknowledged: i, code: error instanceof HeliosError ? error.code : String(error), readBack };
  }
}
process.stdout.write(JSON.stringify(report));
// Not closed: the disk is full.
process.exit(0);
