/**
 * Git as a program, always in the same way: without the user's and the machine's configuration, without the
 * variables of an outer Git (a hook's), and with messages in English.
 */
import { HarnessError, withoutGitVariables } from "@helios/harness";
import { type Options, execa } from "execa";

/** What Git needs to give the same answers everywhere. Paths are literal: no name is taken for a pattern. */
export function gitEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return {
    ...withoutGitVariables(env),
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_LITERAL_PATHSPECS: "1",
    // A partial clone must say that an object is missing, not fetch it in the middle of a measurement.
    GIT_NO_LAZY_FETCH: "1",
    GIT_ADVICE: "0",
    LC_ALL: "C",
  };
}

/** Options every call has; `extendEnv: false` because the environment above is complete. */
export function gitOptions(directory: string, env: NodeJS.ProcessEnv = gitEnvironment()) {
  return { cwd: directory, env, extendEnv: false, stdin: "ignore" } as const satisfies Options;
}

/** Version of the Git in PATH, e.g. `2.39.5`; undefined where there is none. */
export async function gitVersion(): Promise<string | undefined> {
  const { failed, stdout } = await execa("git", ["--version"], {
    env: gitEnvironment(),
    extendEnv: false,
    reject: false,
  });
  return failed ? undefined : /\d+(\.\d+)+/.exec(stdout)?.[0];
}

export const GIT_REMEDY = "Install Git 2.25 or newer and see that `git --version` works in this shell.";

/** Throws GIT_MISSING where there is no Git. */
export async function requireGit(): Promise<string> {
  const version = await gitVersion();
  if (version !== undefined) return version;
  throw new HarnessError("GIT_MISSING", "The program git was not found", GIT_REMEDY);
}
