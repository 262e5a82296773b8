// Why units broke: every break of the run in time, what pushed it, and what it had seen break before.

import { frame } from "./axes.js";
import { html, icon, row, set, span, svg } from "./elements.js";
import { nInHundred } from "./hundred.js";
import { counted, dayOf, fixed, ofHundred } from "./numbers.js";
import { table } from "./sentence.js";

const TERMS = {
  pressure: "attackers here",
  envelopment: "neighbouring places lost",
  casualties: "men lost",
  supply: "want of supply",
  comrades: "comrades seen leaving",
  leaderless: "no commander",
  fatigue: "fatigue",
  allies: "no help trusted in",
  loyalty: "loyalty",
  way_out: "an offer, a safe way out",
  shock: "shock of what happened",
  disposition: "its own nature",
};
/** The commonest terms of a run take these shapes in turn; all others the last. */
const SHAPES = [
  "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
  "M0 -5l4.6 8h-9.2z",
  "M-3.6 -3.6h7.2v7.2h-7.2z",
  "M0 -5l5 5l-5 5l-5 -5z",
  "M-4.4 -3.4h8.8l-4.4 8z",
  "M-1.4 -4.2h2.8v2.8h2.8v2.8h-2.8v2.8h-2.8v-2.8h-2.8v-2.8h2.8z",
];
const STEP = 9.4;
const CHAINS_SHOWN = 4;
const LINKS_SHOWN = 5;
const LARGE = 4; // a push that fills its bar

/** The word for a term of the quit index. */
export function termWords(name) {
  return TERMS[name] ?? name.replaceAll("_", " ");
}

/** Breaks over time as marks, a legend, and a list to choose the unit that is explained. */
export function breaksView({ figure, legend, choice, answer }, { report, clock }) {
  const { breaks } = report;
  if (breaks.length === 0) {
    answer.append(html("p", {}, "No unit broke in this run."));
    choice.closest("p").remove();
    return;
  }
  const order = commonest(breaks);
  const at = strip(figure, breaks, order, clock);
  legend.append(...order.slice(0, SHAPES.length).map((term, i) => entry(term, i, order)));
  choice.append(...breaks.map((each, i) => html("option", { value: i }, `${each.name}, ${each.when}`)));
  const index = new Map(breaks.map((each, i) => [each.unit, i]));
  const explain = () => {
    const chosen = Number(choice.value);
    answer.replaceChildren(...explanation(breaks[chosen], breaks[index.get(breaks[chosen].after)]));
    at.mark(chosen, index.get(breaks[chosen].after));
  };
  choice.addEventListener("change", explain);
  choice.value = mostFollowed(breaks, index);
  explain();
}

/** Chains: from a unit that had seen nobody break, along those who broke next and saw the one before. */
export function chainList({ breaks }) {
  const index = new Map(breaks.map((each, i) => [each.unit, i]));
  const followers = breaks.map(() => []);
  breaks.forEach((each, i) => each.after !== null && followers[index.get(each.after)].push(i));
  const size = breaks.map(() => 0);
  const depth = breaks.map(() => 1);
  const next = breaks.map(() => null);
  for (let i = breaks.length - 1; i >= 0; i -= 1) {
    for (const j of followers[i]) {
      size[i] += 1 + size[j];
      if (depth[j] + 1 > depth[i]) [depth[i], next[i]] = [depth[j] + 1, j];
    }
  }
  const roots = breaks.map((_, i) => i).filter((i) => breaks[i].after === null && size[i] > 0);
  roots.sort((a, b) => size[b] - size[a] || a - b);
  const items = roots.slice(0, CHAINS_SHOWN).map((root) => {
    const links = [];
    for (let i = root; i !== null; i = next[i]) links.push(breaks[i]);
    const words = links.map(({ name, place, hour }) => `${name} (${place}, day ${dayOf(hour)})`);
    if (words.length > LINKS_SHOWN) words.splice(LINKS_SHOWN - 1, words.length - LINKS_SHOWN, "…");
    return html("li", {}, html("b", {}, `${counted(size[root], "unit")} followed: `), words.join(" → "));
  });
  return html("ol", { class: "chains" }, items);
}

/** Over all runs: what was the largest push at the breaks. */
export function reasonsTable({ reasons }) {
  const terms = Object.entries(reasons.terms).filter(([, share]) => share >= 0.005);
  terms.sort((a, b) => b[1] - a[1]);
  const rows = terms.map(([name, share]) => row(termWords(name), ofHundred(share), bar(share)));
  return table(["Largest push at the break", "of 100 breaks", ""], rows);
}

/** Over all runs: the units that break first. */
export function firstTable({ reasons }, most = 6) {
  const shown = reasons.units.filter(({ first }) => first > 0).slice(0, most);
  const rows = shown.map(({ name, first, breaks, term }) =>
    row(name, span("chance", ofHundred(first), nInHundred(first)), ofHundred(breaks), termWords(term)));
  return table(["Unit", "breaks first in 100 runs", "breaks in 100 runs", "mostly from"], rows);
}

/** Rows of words, a push and its bar; and what such a number means. */
export function pushTable(rows) {
  const note = "A push of +0.7 doubles how readily a unit leaves, in the model; pushes add up.";
  return [table(["What pushed it to leave", "push [log hazard ratio]", ""], rows), html("p", { class: "note" }, note)];
}

function explanation(unit, before) {
  const reasons = unit.reasons.map(({ value, words }) =>
    row(words, `+${fixed(value, 2)}`, bar(Math.min(1, value / LARGE))));
  const seen = before
    ? `It had seen ${before.name} break ${fixed(unit.before, 0)} h before (same ${unit.through.join(", ")}).`
    : "It had seen no unit of its place, formation or patron break in the day before.";
  return [
    html("p", {}, html("b", {}, unit.name), `: ${unit.status} at ${unit.place}, ${unit.when}. ${seen}`),
    ...pushTable(reasons),
  ];
}

function bar(share) {
  return icon("bar", "0 0 60 8", svg("rect", { width: (60 * share).toFixed(1), height: 8 }));
}

/** Marks stacked by time. `mark(i, j)` points out one of them and the one that it had seen. */
function strip(figure, breaks, order, clock) {
  const end = Math.min(clock.shown, Math.ceil((breaks[breaks.length - 1].hour + 12) / 24) * 24);
  const width = 760;
  const bins = Math.floor((width - 20) / STEP);
  const heights = new Map();
  const spots = breaks.map(({ hour }) => {
    const bin = Math.min(bins - 1, Math.floor((hour / end) * bins));
    const turn = heights.get(bin) ?? 0;
    heights.set(bin, turn + 1);
    return { bin, turn };
  });
  const tallest = Math.max(...heights.values());
  const press = Math.min(STEP, 150 / tallest);
  const height = Math.max(60, tallest * press + 46);
  const label = `${counted(breaks.length, "break")} of units over time; each can be chosen and explained below.`;
  const chart = frame(figure, { width, height, horizon: end, left: 10, right: 10, label });
  const nodes = spots.map(({ bin, turn }, i) => {
    const term = order.indexOf(breaks[i].reasons[0]?.term);
    const kind = Math.min(term < 0 ? SHAPES.length - 1 : term, SHAPES.length - 1);
    const [x, y] = [chart.box.left + (bin + 0.5) * STEP, chart.box.bottom - 6 - turn * press];
    spots[i] = { x, y };
    const at = `translate(${x.toFixed(1)} ${y.toFixed(1)})`;
    return svg("path", { d: SHAPES[kind], class: `term${kind}`, transform: at }, svg("title", {}, breaks[i].name));
  });
  const link = svg("path", { class: "link" });
  const ring = svg("circle", { class: "ring", r: 8 });
  chart.root.append(link, ...nodes, ring);
  return {
    mark(i, j) {
      const [from, to] = [spots[j], spots[i]];
      set(ring, { cx: to.x, cy: to.y });
      set(link, { d: from ? arc(from, to) : null });
    },
  };
}

function arc(from, to) {
  return `M${from.x} ${from.y}Q${(from.x + to.x) / 2} ${Math.min(from.y, to.y) - 30} ${to.x} ${to.y}`;
}

function entry(term, i, order) {
  const others = i === SHAPES.length - 1 && order.length > SHAPES.length;
  const shape = icon("sample", "-6 -6 12 12", svg("path", { d: SHAPES[i], class: `term${i}` }));
  return html("span", {}, shape, others ? "other" : termWords(term));
}

/** Terms by how often they were the largest push. */
function commonest(breaks) {
  const counts = new Map();
  for (const [{ term }] of breaks.map(({ reasons }) => reasons).filter((each) => each.length > 0)) {
    counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([term]) => term);
}

/** The break that most others name as what they had seen. */
function mostFollowed(breaks, index) {
  const counts = breaks.map(() => 0);
  for (const { after } of breaks) if (after !== null) counts[index.get(after)] += 1;
  return counts.indexOf(Math.max(...counts));
}
