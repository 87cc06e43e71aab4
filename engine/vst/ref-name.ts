import { HeliosError } from "../errors.ts";

/** A ref is letters, digits, `.`, `_`, `-` and `/` between names, and does not look like a commit id. */
export function assertRefName(name: string): void {
  if (
    /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/.test(name) &&
    !/^c[0-9]+$/.test(name) &&
    name.length <= 200
  )
    return;
  throw new HeliosError(
    "REF_INVALID",
    `${JSON.stringify(name)} is not a name for a ref`,
    'Use letters, digits, ".", "_", "-" and "/" between names, such as "main" or "search/branch-7".',
  );
}
