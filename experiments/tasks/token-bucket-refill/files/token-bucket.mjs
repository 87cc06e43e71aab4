/** Allows `ratePerSecond` calls on average and `capacity` at once. Time comes in from outside, in milliseconds. */
export class TokenBucket {
  #capacity;
  #ratePerSecond;
  #tokens;
  #filledAtMs;

  constructor({ capacity, ratePerSecond, nowMs }) {
    this.#capacity = capacity;
    this.#ratePerSecond = ratePerSecond;
    this.#tokens = capacity;
    this.#filledAtMs = nowMs;
  }

  #fill(nowMs) {
    const elapsedSeconds = Math.max(0, nowMs - this.#filledAtMs) / 1000;
    const refilled = this.#tokens + elapsedSeconds * this.#ratePerSecond;
    this.#tokens = Math.max(this.#capacity, refilled);
    this.#filledAtMs = nowMs;
  }

  take(nowMs, count = 1) {
    this.#fill(nowMs);
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}
