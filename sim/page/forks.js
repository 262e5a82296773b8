// Forks: what-ifs that the class kept, in pairs with what was played; those on the projector first.

import { html, row, span } from "./elements.js";
import { nInHundred } from "./hundred.js";
import { ofHundred, shiftDays } from "./numbers.js";
import { table } from "./sentence.js";

/** A row per fork: what it changes, how the collapse moves, how many runs collapse with it. */
export function forksTable({ forks }) {
  const rows = forks.map(({ name, who, changes, projected, shift, collapsed: [before, after] }) => {
    const { mean, low, high } = shift;
    const limits = low === null ? "" : span("range", ` ${shiftDays(low)} to ${shiftDays(high)}`);
    const moved = html("span", {}, html("b", {}, shiftDays(mean)), limits);
    const by = projected ? `${who}, on the projector` : who;
    const what = span("", `${name} `, span("soft", `${by}: ${changes.join("; ") || "nothing changed"}`));
    return row(what, moved, ofHundred(before), span("chance", html("b", {}, ofHundred(after)), nInHundred(after)));
  });
  const heads = ["What if", "collapse moves by [days]", "collapsed of 100: as played", "with it"];
  return table(heads, rows);
}
