// The honesty box: how wide the ranges are and why, what is left out, which numbers are judgement.

import { frame } from "./axes.js";
import { html, svg } from "./elements.js";
import { dayOf, fixed, whole } from "./numbers.js";

const ROW = 34;

/** Bands of the day of collapse, one under the other: that of the dice, and any other that was made. */
export function bandsChart(figure, { bands }, clock) {
  const height = 34 + ROW * bands.length;
  const label = bands.map((each) => described(each, clock)).join(" ");
  const chart = frame(figure, { width: 560, height, horizon: clock.shown, left: 10, top: 2, label });
  bands.forEach(({ label: name, p5, p50, p95 }, i) => {
    const y = chart.box.top + ROW * i + 24;
    const [low, middle, high] = [p5, p50, p95].map((hour) => chart.x(Math.min(hour ?? clock.shown, clock.shown)));
    chart.root.append(svg("text", { x: chart.box.left, y: y - 10 }, name));
    const width = Math.max(1, high - low);
    chart.root.append(svg("rect", { class: `range turn${i}`, x: low, y: y - 4, width, height: 8 }));
    if (p50 === null) return;
    chart.root.append(svg("line", { class: "middle", x1: middle, x2: middle, y1: y - 7, y2: y + 7 }));
  });
}

const DRAWN =
  "Each run draws its parameters from what was fitted: everything on this page is of dice and parameters together.";
const FIXED =
  "Parameters are held at fixed values here: what is not known about them would widen this band, " +
  "and nothing on this page shows by how much.";

/** The bands in words, with what is missing. */
export function bandsText({ bands }, { runs, note }, clock) {
  const names = bands.map((each) => each.name);
  return [
    html("p", {}, bands.map((each) => described(each, clock)).join(" ")),
    html("p", {}, names.includes("both") ? DRAWN : FIXED),
    html("p", {},
      `Intervals marked 95 % say only how well ${whole(runs)} runs know a number of this model (Monte Carlo error). `,
      `Every range is ${note}.`),
  ];
}

/** How much of what went in is judgement, then what is not modelled. */
export function limitsLists({ honesty }) {
  const item = (...text) => html("li", {}, ...text);
  const list = (head, ...items) => html("div", {}, html("h3", {}, head), html("ul", {}, ...items));
  const counts = honesty.counts.map(({ of, judged, all }) => item(html("b", {}, `${judged} of ${all}`), ` ${of}`));
  return [
    list("Which numbers are judgement", counts, honesty.judgement.map((text) => item(text))),
    list("What is not modelled", honesty.not_modelled.map((text) => item(text))),
  ];
}

function described({ label, p5, p50, p95 }, clock) {
  const beyond = `beyond day ${fixed(clock.horizon / 24, 0)}`;
  const [low, middle, high] = [p5, p50, p95].map((hour) => dayOf(hour, beyond));
  return `${label}: the middle run collapses on day ${middle}, 90 of 100 between day ${low} and day ${high}.`;
}
