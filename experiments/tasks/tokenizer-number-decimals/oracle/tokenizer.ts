export interface Token {
  readonly kind: "number" | "name" | "operator";
  readonly text: string;
}

const isDigit = (c: string | undefined): boolean => c !== undefined && c >= "0" && c <= "9";
const isLetter = (c: string | undefined): boolean => c !== undefined && /[a-z_]/i.test(c);

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const begin = at;
    const c = text[at] as string;
    if (/\s/.test(c)) {
      at++;
    } else if (isDigit(c)) {
      while (isDigit(text[at])) at++;
      if (text[at] === "." && isDigit(text[at + 1])) {
        at++;
        while (isDigit(text[at])) at++;
      }
      tokens.push({ kind: "number", text: text.slice(begin, at) });
    } else if (isLetter(c)) {
      while (isLetter(text[at]) || isDigit(text[at])) at++;
      tokens.push({ kind: "name", text: text.slice(begin, at) });
    } else {
      at++;
      tokens.push({ kind: "operator", text: c });
    }
  }
  return tokens;
}
