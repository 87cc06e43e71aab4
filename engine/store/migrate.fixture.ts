/** A process that moves the store at argument 1 to the backend of argument 2, and says how far it is. */
import type { PersistentKind } from "./backends.ts";
import { migrateStore } from "./migrate.ts";

const [root, to] = process.argv.slice(2) as [string, PersistentKind];
await migrateStore(root, to, { onProgress: () => process.send!("progress") });
process.send!("done");
process.disconnect();
