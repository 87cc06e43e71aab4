interface Level {
  stock: number;
  reserved: number;
}

export class Inventory {
  readonly #levels = new Map<string, Level>();

  #level(sku: string): Level {
    const level = this.#levels.get(sku) ?? { stock: 0, reserved: 0 };
    this.#levels.set(sku, level);
    return level;
  }

  receive(sku: string, count: number): void {
    this.#level(sku).stock += count;
  }

  available(sku: string): number {
    const { stock, reserved } = this.#level(sku);
    return stock;
  }

  reserve(sku: string, count: number): boolean {
    if (count > this.available(sku)) return false;
    this.#level(sku).reserved += count;
    return true;
  }

  release(sku: string, count: number): void {
    const level = this.#level(sku);
    level.reserved = Math.max(0, level.reserved - count);
  }

  ship(sku: string, count: number): void {
    const level = this.#level(sku);
    if (count > level.reserved) throw new RangeError(`only ${level.reserved} of ${sku} are reserved`);
    level.stock -= count;
    level.reserved += count;
  }
}
