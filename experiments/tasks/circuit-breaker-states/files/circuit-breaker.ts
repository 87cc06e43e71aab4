export class CircuitBreaker {
  readonly #maxFailures: number;
  readonly #waitMs: number;
  #failures = 0;
  #openedAtMs: number | undefined;

  constructor(maxFailures: number, waitMs: number) {
    this.#maxFailures = maxFailures;
    this.#waitMs = waitMs;
  }

  state(nowMs: number): "closed" | "open" | "half-open" {
    if (this.#openedAtMs === undefined) return "closed";
    return nowMs - this.#openedAtMs < this.#waitMs ? "half-open" : "open";
  }

  allows(nowMs: number): boolean {
    return this.state(nowMs) !== "open";
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(nowMs: number): void {
    this.#failures += 1;
    if (this.#failures > this.#maxFailures) this.#openedAtMs = nowMs;
  }
}
