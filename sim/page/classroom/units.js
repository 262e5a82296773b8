// Units, for the umpire: how each stands, and what becomes of it if the umpire says so.

import { html, span } from "../elements.js";
import { openForm } from "./dialog.js";
import { isRunning } from "./facts.js";
import { refill } from "./keep.js";
import { long } from "./scenario.js";

const MANY = 12;
const OVER = ["evacuated", "destroyed", "absent"];

/** The units by place, with a search where they are many. */
export function unitsView(room) {
  const list = html("ul", { class: "scenario units-list" });
  const many = room.told.ground.units.length;
  const label = `Search ${many} units by name or place`;
  const input = html("input", { type: "search", placeholder: label, "aria-label": label });
  input.hidden = many <= MANY;
  const filter = () => {
    const wanted = input.value.trim().toLowerCase();
    for (const item of list.children) item.hidden = !item.textContent.toLowerCase().includes(wanted);
  };
  input.addEventListener("input", filter);
  return {
    node: html("div", {},
      html("p", { class: "note" }, "A unit that takes heart is pushed: the model may still have it leave."),
      input, long("Units", list)),
    update() {
      const open = isRunning(room.state());
      const units = room.units().sort((a, b) => a.where.localeCompare(b.where) || a.row - b.row);
      refill(list, [units, open], () => units.map((unit) => item(room, unit, open)));
      filter();
    },
  };
}

function item(room, unit, open) {
  const there = ["holding", "wavering", "withdrawing"].includes(unit.status);
  const words = OVER.includes(unit.status) ? unit.status : `${unit.status}, ${unit.where}`;
  const button = html("button", { type: "button", disabled: !open, "data-key": `unit-${unit.id}` }, "Override …");
  button.setAttribute("aria-label", `Override: ${unit.name}`);
  button.addEventListener("click", () => overriding(room, unit));
  const parts = [span("what", unit.name), span("note", words), there ? button : null];
  return html("li", { class: there ? "" : "done" }, parts);
}

function overriding(room, unit) {
  const radio = (value, text) => {
    const id = `override-${value}`;
    return html("p", { class: "field check" },
      html("input", { type: "radio", name: "to", id, value, required: true }), html("label", { for: id }, text));
  };
  const choice = html("fieldset", { class: "field" }, html("legend", {}, "What becomes of it"),
    radio("leaves", "It leaves the force"), radio("takes_heart", "It takes heart"));
  openForm({
    title: `Override: ${unit.name}`, about: `It is ${unit.status} at ${unit.where}.`, body: [choice],
    why: "Why? It goes into the log", action: "Override",
    submit: (reason, how) =>
      room.act("override", { unit: unit.id, to: choice.querySelector("input:checked").value, reason }, how),
  });
}
