export class Trie {
  #root = { children: new Map(), isWord: false };

  add(word) {
    let node = this.#root;
    for (const letter of word) {
      if (!node.children.has(letter)) node.children.set(letter, { children: new Map(), isWord: false });
      node = node.children.get(letter);
    }
    node.isWord = true;
    return this;
  }

  has(word) {
    let node = this.#root;
    for (const letter of word) {
      node = node.children.get(letter);
      if (node === undefined) return false;
    }
    return node.isWord;
  }

  longestPrefix(text) {
    let node = this.#root;
    let walked = "";
    let longest = "";
    for (const letter of text) {
      node = node.children.get(letter);
      if (node === undefined) break;
      walked += letter;
      longest = walked;
    }
    return longest;
  }
}
