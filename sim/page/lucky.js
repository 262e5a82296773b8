// How lucky: the run that was lived, among all runs.

import { html, icon, row, span, svg } from "./elements.js";
import { nInHundred } from "./hundred.js";
import { apportioned, dayOf, fixed, ofHundred, whole } from "./numbers.js";
import { table } from "./sentence.js";

/** The sentence, a strip of a hundred runs in order with this one in it, and other measures of the run. */
export function luckView({ luck }, { title, run, runs }, clock) {
  const [collapse] = luck;
  const place = Math.min(100, Math.max(1, Math.round(100 * (collapse.below + collapse.alike / 2) + 0.5)));
  const rows = luck.map(({ label, unit, own, middle, below }) => {
    const text = (value) => (unit === "day" ? (value === null ? "not reached" : `day ${dayOf(value)}`) : whole(value));
    const among = span("chance", `${ofHundred(below, 0)} of 100`, nInHundred(below));
    return row(label, html("b", {}, text(own)), text(middle), among);
  });
  return [
    html("p", {}, sentence(collapse, run, runs, clock), " What differs between them is chance alone."),
    strip(place),
    html("p", { class: "note" },
      `A hundred runs in order of their end, the earliest first; this one is the ${ordinal(place)}.`),
    table(["", "this run", "middle run", "smaller or earlier in"], rows),
  ];
}

function sentence({ own, below, alike }, run, runs, clock) {
  const end = `day ${fixed(clock.horizon / 24, 0)}`;
  const [shorter, same, longer] = apportioned([below, alike, Math.max(0, 1 - below - alike)]); // they add up to 100
  if (own === null) {
    const others = `${same + longer} held like it and ${shorter} collapsed`;
    return `Run ${run} did not collapse by ${end}. Of 100 runs with the same decisions, ${others}.`;
  }
  const alone = alike < 1.5 / runs;
  const others = `${longer} held longer and ${shorter} less long${alone ? "" : `, ${same} ended in the same hour`}`;
  return `Run ${run} collapsed on day ${dayOf(own)}. Of 100 runs with the same decisions, ${others}.`;
}

function strip(place) {
  const root = icon("strip", "0 0 500 26");
  for (let i = 1; i <= 100; i += 1) {
    const own = i === place;
    root.append(svg("circle", { cx: 5 * i - 2.5, cy: 16, r: own ? 5 : 1.9, class: own ? "own" : null }));
    if (own) root.append(svg("path", { class: "own", d: `M${5 * i - 6.5} 1h8l-4 7z` }));
  }
  return root;
}

function ordinal(number) {
  const last = number % 10;
  const teen = Math.floor(number / 10) % 10 === 1;
  return `${number}${!teen && last === 1 ? "st" : !teen && last === 2 ? "nd" : !teen && last === 3 ? "rd" : "th"}`;
}
