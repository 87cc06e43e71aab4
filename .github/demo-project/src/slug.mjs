/**
 * A title as it would stand in an address: lower case, letters and digits of any script, single hyphens.
 * @param {string} title
 */
export function slug(title) {
  return title
    .normalize("NFC")
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, "-")
    .replaceAll(/^-|-$/g, "");
}
