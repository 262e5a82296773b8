// What mattered: each event left out, each alone, and pairs of them.

import { html, row, span } from "./elements.js";
import { nInHundred } from "./hundred.js";
import { counted, fixed, ofHundred, range, shiftDays } from "./numbers.js";
import { table } from "./sentence.js";

const PAIRS_SHOWN = 5;

/** A row per event: the paired shift without it and of it alone, and how many collapses it takes to come about. */
export function aloneTable({ alone }, events, clock) {
  const last = clock.days.length - 1;
  const shown = [...new Set([mostTelling(alone, clock), last])];
  const rows = [...alone]
    .sort((a, b) => Math.abs(b.without.mean) - Math.abs(a.without.mean))
    .map(({ event, without, only, prevented }) =>
      row(events[event].label, shifted(without), shifted(only), ...shown.map((day) => chance(prevented[day]))));
  const days = shown.map((day) => `without it, not by day ${fixed(clock.days[day], 0)} [of 100]`);
  const heads = ["Event", "without it, all others on [days]", "it alone, none of the others [days]", ...days];
  return table(heads, rows, { class: "mattered" });
}

/** The pairs that do most beyond the sum of the two; the others behind a button of their own. */
export function pairsTable({ pairs }, events) {
  const heads = ["Pair", "without both [days]", "beyond the sum of the two [days]"];
  const rows = pairs.map(({ events: [i, j], both, beyond }) =>
    row(`${events[i].label} + ${events[j].label}`, shifted(both), shifted(beyond)));
  const rest = rows.splice(PAIRS_SHOWN);
  const first = table(heads, rows);
  if (rest.length === 0) return [first];
  const summary = html("summary", {}, counted(rest.length, "other pair"));
  return [first, html("details", { class: "screen" }, summary, table(heads, rest))];
}

/** The day, by its number, by which leaving events out prevents most. */
function mostTelling(alone, clock) {
  const sums = clock.days.map((_, i) => alone.reduce((sum, { prevented }) => sum + prevented[i].share, 0));
  return sums.indexOf(Math.max(...sums));
}

/** A mean shift with its interval. */
function shifted({ mean, low, high }) {
  const limits = low === null ? "" : span("range", ` ${shiftDays(low)} to ${shiftDays(high)}`);
  return html("span", {}, html("b", {}, shiftDays(mean)), limits);
}

function chance({ share, low, high }) {
  return span("chance", html("b", {}, ofHundred(share)), span("range", ` ${range(low, high)} `), nInHundred(share));
}
