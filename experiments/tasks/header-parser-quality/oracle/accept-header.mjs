export function parseAccept(header) {
  return header
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => {
      const [name, ...parameters] = part.split(";").map((each) => each.trim());
      const quality = parameters.find((each) => each.startsWith("q="));
      return { name: name.toLowerCase(), weight: quality === undefined ? 1 : Number(quality.slice(2)) };
    });
}

function weightOf(accepted, offer) {
  const name = offer.toLowerCase();
  const fits = accepted.filter(
    (each) => each.name === "*" || name === each.name || name.startsWith(`${each.name}-`),
  );
  const closest = fits.sort((a, b) => b.name.length - a.name.length)[0];
  return closest?.weight ?? 0;
}

/** The offer with the highest weight, the first of equals; undefined where none is accepted. */
export function negotiate(header, offers) {
  const accepted = parseAccept(header);
  let best;
  let bestWeight = 0;
  for (const offer of offers) {
    const weight = weightOf(accepted, offer);
    if (weight > bestWeight) {
      best = offer;
      bestWeight = weight;
    }
  }
  return best;
}
