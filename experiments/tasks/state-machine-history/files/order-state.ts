export type State = "draft" | "paid" | "shipped" | "delivered" | "cancelled";

const NEXT: Readonly<Record<State, readonly State[]>> = {
  draft: ["paid", "cancelled"],
  paid: ["shipped"],
  shipped: ["delivered"],
  delivered: [],
  cancelled: [],
};

export class Order {
  #state: State = "draft";
  readonly #steps: string[] = [];

  get state(): State {
    return this.#state;
  }

  get steps(): readonly string[] {
    return [...this.#steps];
  }

  canMove(to: State): boolean {
    return !NEXT[this.#state].includes(to);
  }

  move(to: State): boolean {
    if (!this.canMove(to)) return false;
    this.#steps.push(`${this.#state}>${to}`);
    return true;
  }

  get isFinal(): boolean {
    return NEXT[this.#state].length === 0;
  }
}
