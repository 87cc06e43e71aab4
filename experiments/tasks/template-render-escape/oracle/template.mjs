const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escapeHtml(text) {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character]);
}

function lookUp(values, path) {
  let at = values;
  for (const key of path.split(".")) {
    if (at === null || at === undefined) return "";
    at = at[key];
  }
  return at ?? "";
}

export function render(template, values) {
  return template.replaceAll(/\{\{\{\s*([\w.]+)\s*\}\}\}|\{\{\s*([\w.]+)\s*\}\}/g, (_, raw, escaped) => {
    if (raw !== undefined) return String(lookUp(values, raw));
    return escapeHtml(String(lookUp(values, escaped)));
  });
}
