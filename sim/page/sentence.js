// What a version shows, in words and in hundreds of dots.

import { html, row, set, span } from "./elements.js";
import { hundred, nInHundred, sample } from "./hundred.js";
import { dayOf, fixed, ofHundred, range, shiftDays } from "./numbers.js";

const BECAME = [
  ["later", "later"],
  ["prevented", "prevented"],
  ["same", "at the same hour, or in neither"],
  ["earlier", "earlier"],
  ["caused", "caused"],
];

const INVITATION =
  "Switch an event off: the same runs are shown without it, on the same dice, beside this baseline.";

/** The version's name: which events are off. */
export function versionName(events, on) {
  const off = events.filter((event) => !on.has(event.name)).map((event) => event.label);
  if (events.length === 0) return "The case as the scenario tells it";
  if (off.length === 0) return "All events on: the baseline";
  if (off.length === events.length) return "All of these events off";
  return `Without: ${off.join(", ")}`;
}

/** The paired sentence: how the collapse of the same run moves. */
export function pairedSentence({ paired }, changed) {
  if (!changed) return html("p", {}, INVITATION);
  const { shift } = paired;
  const days = (hours) => html("b", {}, shiftDays(hours));
  const limits = (low, high, words = "") => (low === null ? "" : ` (${words}${shiftDays(low)} to ${shiftDays(high)})`);
  return html("p", {},
    "On the same dice the collapse moves by ", days(shift.mean), " days on average",
    limits(shift.low, shift.high, "95 % "), ", in the middle run by ", days(shift.median),
    limits(shift.median_low, shift.median_high), ". Above 0 is later.",
  );
}

/** What becomes of 100 runs: dots, and each share with its interval. */
export function becameTable({ paired: { became } }) {
  const dots = hundred(BECAME.map(([name]) => [name, became[name].share]));
  const rows = BECAME.map(([name, words]) => {
    const { share, low, high } = became[name];
    const told = row(span("", sample(name), ` ${words}`), html("b", {}, ofHundred(share)), range(low, high));
    return set(told, { "data-became": name });
  });
  return [dots, table(["Of 100 pairs, the collapse is", "runs", "95 %"], rows)];
}

/** Runs collapsed by each day: baseline and this version, with dots for the version. */
export function collapsedTable(picture, base, clock) {
  const { share, low, high } = picture.collapsed;
  const rows = clock.days.map((day, i) => {
    const before = ofHundred(base.collapsed.share[i]);
    const now = [html("b", {}, ofHundred(share[i])), range(low[i], high[i]), nInHundred(share[i], 50)];
    return set(row(`by day ${fixed(day, 0)}`, before, ...now), { "data-day": day });
  });
  return table(["Of 100 runs, collapsed", "baseline", "this version", "95 %", "of 100"], rows);
}

/** The middle run, with its interval. */
export function medianSentence({ median }, clock) {
  const end = `day ${fixed(clock.horizon / 24, 0)}`;
  if (median.hours === null) return `In the middle run the force holds beyond ${end}.`;
  const limits = `${dayOf(median.low)} to ${dayOf(median.high, `beyond ${end}`)}`;
  const interval = median.low === null ? "" : ` (95 % Monte Carlo interval ${limits})`;
  return `The middle run collapses on day ${dayOf(median.hours)}${interval}.`;
}

/** A table with these column heads. */
export function table(heads, rows, attributes = {}) {
  const cells = heads.map((head) => (head ? html("th", { scope: "col" }, head) : html("td")));
  return html("table", attributes, html("thead", {}, html("tr", {}, cells)), html("tbody", {}, rows));
}

/** For those who only hear the page: the change in one breath. */
export function spoken(name, picture, base, clock, changed) {
  const last = clock.days.length - 1;
  const by = `by day ${fixed(clock.days[last], 0)}`;
  const share = `${ofHundred(picture.collapsed.share[last])} of 100 runs collapse ${by}`;
  return changed ? `${name}. Mean shift ${shiftDays(picture.paired.shift.mean)} days; ${share}.` : `${name}: ${share}.`;
}
