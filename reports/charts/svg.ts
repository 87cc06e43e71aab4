/**
 * Just enough SVG. Charts are strings, so that a report needs no script and no network; colours come from the
 * page's style sheet through classes, so one drawing reads in light, dark and print.
 */

/** Safe in text and in quoted attributes. Control characters XML cannot carry become U+FFFD. */
export function escapeMarkup(text: string): string {
  return text
    .replaceAll(/(?![\t\n\r])[\p{Cc}\ufffe\uffff]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

type Attributes = Readonly<Record<string, string | number>>;

/** One element; `children` is markup already, attributes and `text` below are escaped here. */
export function element(name: string, attributes: Attributes, children = ""): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? round(value) : escapeMarkup(value)}"`)
    .join("");
  return children === "" ? `<${name}${written}/>` : `<${name}${written}>${children}</${name}>`;
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escapeMarkup(content));
}

/** A drawing with a name and a description for those who hear it. `id` must be unique in the page. */
export function drawing(options: {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly description: string;
  readonly body: string;
}): string {
  const labels = `<title id="${options.id}-t">${escapeMarkup(options.title)}</title><desc id="${options.id}-d">${escapeMarkup(options.description)}</desc>`;
  return element(
    "svg",
    {
      class: "chart",
      viewBox: `0 0 ${options.width} ${options.height}`,
      role: "img",
      "aria-labelledby": `${options.id}-t ${options.id}-d`,
    },
    labels + options.body,
  );
}

/** A hundredth of a unit is below a pixel; fewer digits keep golden files readable. */
function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
