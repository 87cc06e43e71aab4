import { MemoryStore } from "./memory-store.ts";
import { objectStoreSuite } from "./object-store.suite.ts";

objectStoreSuite("memory", async () => new MemoryStore());
