// When an event happens: now, or at a moment still to come.

import { moment } from "../clock.js";
import { html } from "../elements.js";
import { fixed } from "../numbers.js";

const PARTS = 8; // of a turn that are offered to teams
let number = 0;

/** Moments of this turn to choose from. `read()` gives hours; "now" is when it is read. */
export function whenInTurn({ told, state }) {
  number += 1;
  const { hour, turn_hours: turn } = state();
  const end = Math.min(hour + turn, told.clock.horizon);
  const step = Math.max(1, Math.round(turn / PARTS));
  const options = [html("option", { value: "now" }, `now (${moment(told.clock.start, hour)})`)];
  for (let at = hour + step; at < end; at += step) {
    options.push(html("option", { value: at }, `${moment(told.clock.start, at)}, in ${fixed(at - hour, 0)} h`));
  }
  const select = html("select", { id: `when-${number}` }, options);
  const node = html("p", { class: "field" }, html("label", { for: select.id }, "When"), select);
  return { node, read: () => (select.value === "now" ? state().hour : Number(select.value)) };
}

/** A day of the scenario, with its moment beside it; empty is now. */
export function whenAnyDay({ told, state }) {
  number += 1;
  const days = told.clock.horizon / 24;
  const input = html("input", {
    type: "number", id: `when-${number}`, min: 0, max: days, step: 0.25, placeholder: "now", inputmode: "decimal",
  });
  const output = html("output", { for: input.id, class: "note" });
  const node = html("p", { class: "field" },
    html("label", { for: input.id }, "On day (empty: now)"), html("span", { class: "beside" }, input, output));
  const read = () => (input.value === "" ? state().hour : 24 * Number(input.value));
  const update = () => (output.textContent = moment(told.clock.start, read()));
  input.addEventListener("input", update);
  update();
  const clear = () => {
    input.value = "";
    update();
  };
  return { node, read, update, clear };
}
