export class UndoHistory {
  #past = [];
  #future = [];
  #present;
  #limit;

  constructor(initial, limit = 100) {
    this.#present = initial;
    this.#limit = limit;
  }

  get present() {
    return this.#present;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  apply(state) {
    this.#past.push(this.#present);
    if (this.#past.length > this.#limit) this.#past.shift();
    this.#present = state;
    this.#future = [];
  }

  undo() {
    if (!this.canUndo) return this.#present;
    this.#future.push(this.#present);
    this.#present = this.#past.pop();
    return this.#present;
  }

  redo() {
    if (!this.canRedo) return this.#present;
    this.#past.push(this.#present);
    this.#present = this.#future.pop();
    return this.#present;
  }
}
