import { describe, test } from "node:test";
import { subjectSuite } from "@helios/harness";
import { directoryCopy } from "./directory-copy.ts";

subjectSuite(directoryCopy, { describe, test });
