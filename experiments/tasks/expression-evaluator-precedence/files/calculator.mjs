/** Evaluates an expression of numbers, + - * / and parentheses. */
export function evaluate(text) {
  const tokens = text.match(/\d+(?:\.\d+)?|[-+*/()]/g) ?? [];
  let at = 0;

  function primary() {
    const token = tokens[at++];
    if (token === "-") return primary();
    if (token === "(") {
      const value = sum();
      if (tokens[at++] !== ")") throw new SyntaxError("a parenthesis is not closed");
      return value;
    }
    const value = Number(token);
    if (token === undefined || Number.isNaN(value)) throw new SyntaxError(`no number: ${token}`);
    return value;
  }

  function product() {
    let value = primary();
    while (tokens[at] === "*" || tokens[at] === "/") {
      value = tokens[at++] === "*" ? value * primary() : primary() / value;
    }
    return value;
  }

  function sum() {
    let value = product();
    while (tokens[at] === "+" || tokens[at] === "-") {
      value = tokens[at++] === "+" ? value + product() : value - sum();
    }
    return value;
  }

  const value = sum();
  if (at < tokens.length) throw new SyntaxError(`unexpected ${tokens[at]}`);
  return value;
}
