import { describe, test } from "node:test";
import { subjectSuite } from "@helios/harness";
import { gitFastImport } from "./git-fast-import.ts";

subjectSuite(gitFastImport, { describe, test });
