const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function encode(bytes) {
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits > 5) {
      bits -= 5;
      text += ALPHABET[(buffer >> bits) & 31];
    }
    buffer &= (1 << bits) - 1;
  }
  if (bits > 0) text += ALPHABET[buffer & 31];
  return text;
}

export function decode(text) {
  const bytes = [];
  let buffer = 0;
  let bits = 0;
  for (const letter of text.replace(/=+$/, "")) {
    const value = ALPHABET.indexOf(letter);
    if (value === -1) throw new SyntaxError(`no letter of base32: ${letter}`);
    buffer = (buffer << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((buffer >> bits) & 255);
    }
    buffer &= (1 << bits) - 1;
  }
  return Uint8Array.from(bytes);
}
