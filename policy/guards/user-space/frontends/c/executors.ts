/** What executes something in C and C++, and how each reads its arguments. */

export type Form =
  /** A text for a shell. */
  | "shell"
  /** Path, name, then words to a null pointer: `execl`. */
  | "words"
  /** Path and vector: `execv`. */
  | "array"
  /** `posix_spawn(&pid, path, ..., argv, ...)`. */
  | "spawn"
  /** Program and list. */
  | "command-array"
  /** A vector at the given place. */
  | "vector-0"
  | "vector-1"
  /** Words from the third argument on. */
  | "words-from-2";

const executors: Readonly<Record<string, Form>> = {
  system: "shell",
  popen: "shell",
  _popen: "shell",
  g_spawn_command_line_sync: "shell",
  g_spawn_command_line_async: "shell",
  execl: "words",
  execlp: "words",
  execle: "words",
  execv: "array",
  execvp: "array",
  execve: "array",
  execvpe: "array",
  execvP: "array",
  posix_spawn: "spawn",
  posix_spawnp: "spawn",
  g_spawn_sync: "vector-1",
  g_spawn_async: "vector-1",
  g_subprocess_newv: "vector-0",
  g_subprocess_new: "words-from-2",
};

/** Libraries that start processes, by the qualified name. */
const qualified: readonly { readonly name: RegExp; readonly form: Form }[] = [
  { name: /(?:^|::)(?:bp|process)::(?:system|spawn)$/, form: "shell" },
  { name: /^subprocess::(?:run|call|check_output|popen)$/, form: "shell" },
  { name: /(?:^|::)Process::launch$/, form: "command-array" },
  { name: /^QProcess::(?:execute|startDetached|start)$/, form: "command-array" },
];

export function formOf(name: string, qualifiedName: string): Form | undefined {
  if (Object.hasOwn(executors, name)) return executors[name];
  return qualified.find((each) => each.name.test(qualifiedName))?.form;
}

/** Methods of a `QProcess`, in files that use one. */
export const processMethod = /^(?:start|startDetached|startCommand|execute)$/;

/** Functions that give or test capabilities: only these give. */
export const capabilitySetters: ReadonlySet<string> = new Set([
  "prctl",
  "cap_set_flag",
  "capng_update",
  "capng_updatev",
  "CAP_TO_MASK",
  "CAP_TO_INDEX",
  "cap_set_ambient",
]);

/** Functions that write a text into their first argument. */
export const formatters = /^(?:snprintf|sprintf|asprintf|strcpy|strncpy|strlcpy|g_snprintf|xasprintf)$/;
