import { describe, test } from "node:test";
import { subjectSuite } from "@helios/harness";
import { isomorphicGit } from "./isomorphic-git.ts";

subjectSuite(isomorphicGit, { describe, test });
