const two = (number) => String(number).padStart(2, "0");

export function formatDuration(totalSeconds) {
  const sign = totalSeconds < 0 ? "-" : "";
  const all = Math.abs(Math.trunc(totalSeconds));
  const hours = Math.floor(all / 3600);
  const minutes = Math.floor(all / 60) % 60;
  const seconds = all % 60;
  return hours > 0 ? `${sign}${hours}:${two(minutes)}:${two(seconds)}` : `${sign}${minutes}:${two(seconds)}`;
}

export function parseDuration(text) {
  const sign = text.startsWith("-") ? -1 : 1;
  const parts = text.replace(/^-/, "").split(":");
  if (parts.length < 1 || parts.length > 3 || !parts.every((part) => /^\d+$/.test(part))) {
    throw new SyntaxError(`not a duration: ${text}`);
  }
  return sign * parts.reduce((sum, part) => sum * 60 + Number(part), 0);
}
