// Who saw it coming: every sealed forecast beside the runs as they stood then, and how it scores.

import { frame } from "./axes.js";
import { piled } from "./dots.js";
import { html, row, set, span, svg } from "./elements.js";
import { dayOf, fixed, ofHundred } from "./numbers.js";
import { table } from "./sentence.js";

const WIDTH = 560;
const RADIUS = 3.4;
const COLUMNS = 56;
const ASIDE = 7; // columns of dots beside the axis, for what does not come within the scenario
const NAME = 12;
const TALL = 16; // pixels for a pile of dots
const AXIS = 20;
const MOST_PRINTED = 6; // forecasts; more do not fit on the sheet

/** A strip per turn: the runs as they stood, then what each team said; the run that was lived goes through all. */
export function forecastStrips(figure, { class: { foreseen }, clock }) {
  const last = foreseen.worlds.length - 1;
  foreseen.worlds.forEach(({ turn, dots }, i) => {
    const sealed = foreseen.rows.filter((each) => each.turn === turn);
    const head = `Turn ${turn}, ${sealed[0].when}, day ${dayOf(sealed[0].hour)}`;
    const lines = [{ name: "the runs as they stood", dots, kind: "" }];
    lines.push(...sealed.map((each) => ({ name: each.team, dots: each.dots, kind: "ours" })));
    const name = i === 0 || i === last ? "turn" : "turn screen";
    const part = html("div", { class: name }, html("h3", {}, head));
    strip(part, lines, foreseen.lived, clock, `${head}: ${lines.map((each) => described(each)).join("; ")}.`);
    figure.append(part);
  });
}

/** A row per forecast and one per team: the scores, and what was said of the telling day. */
export function scoresTable({ foreseen }) {
  const { day, rows, teams } = foreseen;
  const ends = [rows[0].turn, rows[rows.length - 1].turn];
  const shown = rows.filter(({ turn }) => ends.includes(turn)).slice(0, MOST_PRINTED);
  const by = `by day ${fixed(day, 0)}`;
  const means = teams.map(({ team, scored, forecasts, brier, ...crps }) => {
    const name = [html("b", {}, team), span("soft", ` mean of ${scored} of ${forecasts}`)];
    return set(row(span("", ...name), ...days(crps), null, null, ...points(brier)), { class: "mean" });
  });
  const single = rows.map((each) => {
    const { who, turn, reason, brier, ...crps } = each;
    const name = span("", `${who}, turn ${turn}`, html("q", {}, reason));
    const said = brier ? [ofHundred(brier.said, 0), ofHundred(brier.share, 0)] : [null, null];
    const made = row(name, ...days(crps), ...said, ...points(brier));
    return set(made, { class: shown.includes(each) ? null : "screen" });
  });
  const groups = [["", 1], ["CRPS [days]", 3], [`Collapsed ${by} [of 100]`, 2], [`Brier score, ${by}`, 3]];
  const cells = groups.map(([text, colspan]) =>
    text ? html("th", { scope: "colgroup", colspan }, text) : html("td", {}));
  const three = ["this run", "all runs", "best"];
  const heads = ["Forecast", ...three, "said", "of the runs", ...three];
  const made = table(heads, [...means, ...single], { class: "scores" });
  made.tHead.prepend(html("tr", {}, cells));
  return made;
}

function days({ crps, expected, best }) {
  return [crps, expected, best].map((hours) => (hours === null ? "–" : fixed(hours / 24, 1)));
}

function points(brier) {
  return brier ? [brier.score, brier.expected, brier.best].map((each) => fixed(each, 2)) : ["–", "–", "–"];
}

function strip(part, lines, lived, clock, label) {
  const each = NAME + TALL;
  const right = 8 + (ASIDE + 1) * 2 * RADIUS;
  const height = each * lines.length + AXIS;
  const edges = { left: 8, right, top: 0, bottom: AXIS };
  const chart = frame(part, { width: WIDTH, height, horizon: clock.horizon, label, ...edges });
  const { root, box, x } = chart;
  const edge = box.right + RADIUS;
  root.append(svg("line", { class: "base", x1: edge, x2: edge, y1: box.top, y2: box.bottom }));
  root.append(svg("text", { class: "name", x: WIDTH - 2, y: box.bottom + 15, "text-anchor": "end" }, "holds"));
  const at = lived === null ? box.right + 3 * RADIUS : x(lived);
  root.append(svg("line", { class: "own", x1: at, x2: at, y1: box.top, y2: box.bottom }));
  root.append(svg("path", { class: "mark", d: `M${at.toFixed(1)} ${box.bottom + 1}l-4 7h8z` }));
  lines.forEach(({ name, dots, kind }, i) => {
    const ground = box.top + each * (i + 1);
    if (i) root.append(svg("line", { class: "between", x1: 0, x2: WIDTH, y1: ground - each, y2: ground - each }));
    const pile = svg("g", { class: `dots ${kind}` }, ...circles(chart, dots, ground - 2));
    root.append(pile, svg("text", { class: kind ? "name said" : "name", x: box.left, y: ground - TALL + 1 }, name));
  });
}

function circles(chart, dots, ground) {
  const room = { columns: COLUMNS, aside: ASIDE, radius: RADIUS, tall: TALL, high: NAME + TALL - 4 };
  return piled(chart, dots, { ...room, ground }).map(({ cx, cy, never }) =>
    svg("circle", { r: RADIUS - 0.3, cx: cx.toFixed(1), cy: cy.toFixed(1), class: never ? "never" : null }));
}

function described({ name, dots }) {
  const known = dots.filter((hour) => hour !== null);
  const beyond = ofHundred((dots.length - known.length) / Math.max(1, dots.length), 0);
  const middle = dayOf(known.length > dots.length / 2 ? known[Math.ceil(dots.length / 2) - 1] : null, "beyond the end");
  return `${name}: middle day ${middle}, ${beyond} of 100 not by the end`;
}
