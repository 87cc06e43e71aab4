/**
 * The door for programs that open a store to read or write a directory, and nothing else: the command line would spend a
 * tenth of its time on loading the rest.
 */
export { Helios } from "../../helios.ts";
export { rememberScan, scanDirectory } from "../scan.ts";
export { directoryStatus } from "../status.ts";
export { restoreDirectory } from "../restore-directory.ts";
export { compileSelectors } from "../selectors.ts";
