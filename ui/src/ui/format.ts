/**
 * The one place that formats for a person. Every `Intl` object is made here, with a locale that is
 * known to be valid (public/boot.js has repaired a broken `navigator.language`).
 */
const locale = typeof navigator === "undefined" ? "en" : navigator.language;
const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const threeDigits = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
const shortDate = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const fullDate = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const longDate = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });

const pad = (value: number, width = 2) => String(value).padStart(width, "0");

/** `1234` as "1,234". */
export function count(value: number): string {
  return integer.format(value);
}

/** A noun with its number: `plural(1, "request")` is "1 request". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A share from 0 to 1 as "4.1 %". */
export function percent(share: number): string {
  return `${oneDecimal.format(share * 100)} %`;
}

/** Milliseconds with the unit that reads best: "0.4 ms", "48.7 ms", "1.2 s", "3 min 20 s". */
export function duration(ms: number): string {
  if (ms < 1000) return `${threeDigits.format(ms)} ms`;
  if (ms < 60_000) return `${threeDigits.format(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return join(Math.floor(seconds / 60), "min", seconds % 60, "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return join(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.round(minutes / 60);
  return join(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** Milliseconds for a column headed "ms": three digits, no unit. */
export function milliseconds(ms: number): string {
  return ms < 1000 ? threeDigits.format(ms) : integer.format(ms);
}

/** Bytes in powers of 1000: "512 B", "12.3 kB", "1.05 MB". */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  let scaled = value;
  while (scaled >= 999.5 && at < units.length - 1) {
    scaled /= 1000;
    at += 1;
  }
  return `${threeDigits.format(scaled)} ${units[at]}`;
}

/** Requests a second: "312/s", "0.4/s". */
export function rate(perSecond: number): string {
  return `${perSecond >= 10 ? integer.format(perSecond) : oneDecimal.format(perSecond)}/s`;
}

/** Local time of day of an instant (milliseconds since 1970), "14:02:11.482". */
export function timeOfDay(at: number): string {
  const date = new Date(at);
  return `${clock(date)}.${pad(date.getMilliseconds(), 3)}`;
}

/** Local time of day without milliseconds, "14:02:11"; with the day when it is not today's. */
export function time(at: number, now = Date.now()): string {
  const date = new Date(at);
  const today = date.toDateString() === new Date(now).toDateString();
  return today ? clock(date) : `${shortDate.format(date)}, ${clock(date)}`;
}

/** Date and time in full, for a tooltip or a detail line. */
export function dateTime(at: number): string {
  return longDate.format(at);
}

/** How long ago, or how soon: "now", "5 sec. ago", "in 2 hr.". */
export function relativeTime(at: number, now = Date.now()): string {
  const seconds = Math.round((at - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 60) return relative.format(seconds, "second");
  if (size < 3600) return relative.format(Math.round(seconds / 60), "minute");
  if (size < 86_400) return relative.format(Math.round(seconds / 3600), "hour");
  return relative.format(Math.round(seconds / 86_400), "day");
}

/** A day with its year, "1 Dec 2026". */
export function fullDay(at: number): string {
  return fullDate.format(new Date(at));
}

/** A day without its year, "1 Dec". */
export function day(at: number): string {
  return shortDate.format(new Date(at));
}

/** Local time of day, "14:02:11". */
export function clock(date: Date): string {
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

function join(high: number, highUnit: string, low: number, lowUnit: string): string {
  return low === 0 ? `${high} ${highUnit}` : `${high} ${highUnit} ${low} ${lowUnit}`;
}
