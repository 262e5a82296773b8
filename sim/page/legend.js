// What the marks on a map mean.

import { html, icon, span, svg } from "./elements.js";
import { ROLES, STATES, looks } from "./marks.js";

const SHADES = ["0", "1–20", "20–40", "40–60", "60–80", "80–100"];

/** Rows of marks with their words; `counts` of units by what they do, if they are told. */
export function legend({ ground }, mode, counts) {
  if (mode === "all") {
    const steps = SHADES.map((text, i) => sample("places", ROLES.host, `shade${i}`, text));
    return [html("p", {}, "Lost in so many of 100 runs: ", steps)];
  }
  const classes = looks(ground.controllers);
  const told = (label, i) => (counts ? `${label} ${counts[i]}` : label);
  const units = STATES.map(({ d, name, label }, i) => sample("units", d, name, told(label, i)));
  const places = ground.controllers.map(({ role, name }, i) => sample("places", ROLES[role], classes[i], name));
  return [html("p", {}, units), html("p", {}, places)];
}

function sample(layer, d, name, text) {
  const view = layer === "units" ? "-5 -5 10 10" : "-8 -8 16 16";
  return span(layer, icon("sample", view, svg("path", { d, class: name })), text);
}
