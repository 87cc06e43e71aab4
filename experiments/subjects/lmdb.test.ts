import { describe, test } from "node:test";
import { subjectSuite } from "@helios/harness";
import { lmdb } from "./lmdb.ts";

subjectSuite(lmdb, { describe, test });
