/** What travels over the port between `connect.ts` and `serve.ts`; both are of one version. */
import type { HeliosErrorCode } from "../errors.ts";

export interface Request {
  readonly id: number;
  /** The working set it is for; undefined: the store itself. */
  readonly vst: number | undefined;
  /** The name of an operation, or `release`, which has no answer. */
  readonly method: string;
  readonly parameters: readonly unknown[];
}

/** An error as plain data; without a code it was none of ours. */
export interface Failure {
  readonly message: string;
  readonly code?: HeliosErrorCode;
  readonly remedy?: string;
  readonly path?: string | undefined;
}

export type Answer =
  | { readonly id: number; readonly value: unknown; readonly failure?: undefined }
  | { readonly id: number; readonly failure: Failure };

export function isRequest(message: unknown): message is Request {
  return (
    typeof message === "object" &&
    message !== null &&
    "method" in message &&
    typeof message.method === "string" &&
    "parameters" in message &&
    Array.isArray(message.parameters)
  );
}
