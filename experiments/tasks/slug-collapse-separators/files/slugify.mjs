/** A title as part of an address. */
export function slugify(title, limit = 60) {
  const words = title
    .normalize("NFKD")
    .replaceAll(/[\u0300-\u036f]/g, "")
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "-");
  let slug = "";
  for (const word of words) {
    const longer = slug === "" ? word : `${slug}-${word}`;
    if (longer.length > limit) break;
    slug = longer;
  }
  return slug === "" ? (words[0] ?? "").slice(0, limit) : slug;
}

/** The slug with a number behind it where it is taken. */
export function uniqueSlug(title, taken) {
  const slug = slugify(title);
  let number = 2;
  let candidate = slug;
  while (taken.has(candidate)) candidate = `${slug}-${number++}`;
  return candidate;
}
