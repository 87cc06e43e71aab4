import { describe, test } from "node:test";
import { subjectSuite } from "@helios/harness";
import { helios } from "./helios.ts";

subjectSuite(helios, { describe, test });
