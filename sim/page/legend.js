// What the marks on a map mean.

import { html, icon, span, svg } from "./elements.js";
import { CUT, ROLES, STATES, looks } from "./marks.js";

const SHADES = ["0", "1–20", "20–40", "40–60", "60–80", "80–100"];

const ROADS = [["front", "front"], ["cut", "cut"], ["air", "by air"]];

/** Rows of marks with their words, for what `move` of a map returns: units that do so, kinds of roads there are. */
export function legend({ ground }, mode, { counts = null, roads = new Set() } = {}) {
  const lines = ROADS.filter(([kind]) => roads.has(kind)).map(([kind, text]) => span("roads", road(kind), text));
  if (mode === "all") {
    const steps = SHADES.map((text, i) => sample("places", ROLES.host, `shade${i}`, text));
    return [html("p", {}, "Lost in so many of 100 runs: ", steps, lines)];
  }
  const classes = looks(ground.controllers);
  const told = (label, i) => (counts ? `${label} ${counts[i]}` : label);
  const units = STATES.map(({ d, name, label }, i) => sample("units", d, name, told(label, i)));
  const places = ground.controllers.map(({ role, name }, i) => sample("places", ROLES[role], classes[i], name));
  return [html("p", {}, units), html("p", {}, places, lines)];
}

function road(kind) {
  const line = svg("line", { x1: -12, y1: 0, x2: 12, y2: 0 });
  return icon("sample wide", "-12 -6 24 12", svg("g", { class: kind }, line, svg("path", { d: CUT })));
}

function sample(layer, d, name, text) {
  const view = layer === "units" ? "-5 -5 10 10" : "-8 -8 16 16";
  return span(layer, icon("sample", view, svg("path", { d, class: name })), text);
}
