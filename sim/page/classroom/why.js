// Why did this unit break? The largest pushes as bars, and the chain of those that broke before it.

import { pushTable } from "../chains.js";
import { moment } from "../clock.js";
import { html, icon, row, svg } from "../elements.js";
import { fixed } from "../numbers.js";
import { sentence } from "./busy.js";
import { refill } from "./keep.js";
import { broken } from "./lived.js";

const LARGE = 4; // a push that fills its bar
let number = 0;

/** A choice of the units that have broken, and the answer. `ask(id)` asks for one, from the map. */
export function whyView(room) {
  number += 1;
  const choice = html("select", { id: `why-unit-${number}` });
  const label = html("label", { for: choice.id }, "Unit");
  const asked = html("p", { class: "field beside" }, label, choice);
  const none = html("p", { class: "note" }, "No unit has broken so far.");
  const answer = html("div", { class: "answer", role: "status" });
  const ask = async (id) => {
    if (!id) return answer.replaceChildren();
    if (choice.value !== id) choice.value = id;
    try {
      const found = await room.ask(`why?unit=${encodeURIComponent(id)}`);
      if (choice.value === id || choice.value === "") answer.replaceChildren(...explained(found));
    } catch (problem) {
      answer.replaceChildren(html("p", { class: "error" }, sentence(problem.message)));
    }
  };
  choice.addEventListener("change", () => ask(choice.value));
  return {
    node: html("div", {}, none, asked, answer),
    ask,
    update() {
      const units = broken(room.told, room.lived());
      none.hidden = units.length > 0;
      asked.hidden = units.length === 0;
      const kept = choice.value;
      refill(choice, units, () => [
        html("option", { value: "" }, "Choose a unit that has left …"),
        ...units.map(({ id, name, hour }) =>
          html("option", { value: id }, `${name}, ${moment(room.told.clock.start, hour)}`)),
      ]);
      if (units.some(({ id }) => id === kept)) choice.value = kept;
      else answer.replaceChildren();
    },
  };
}

function explained({ sentence: told, reasons, chain }) {
  const parts = [html("p", {}, html("b", {}, told.split(". ")[0], "."))];
  if (reasons.length > 0) {
    const rows = reasons.map(({ words, value }) => row(words, `+${fixed(value, 2)}`, bar(value)));
    parts.push(...pushTable(rows));
  } else {
    parts.push(html("p", {}, "Nothing pushed it in particular: it was bad luck."));
  }
  if (chain.length > 0) {
    parts.push(html("h3", {}, "What it had seen"));
    parts.push(html("ol", { class: "chain" }, chain.map(({ words }) => html("li", {}, sentence(words)))));
    parts.push(html("p", { class: "note" }, "Seen before is not proof of cause."));
  }
  return parts;
}

function bar(value) {
  const width = 60 * Math.min(1, value / LARGE);
  return icon("bar", "0 0 60 8", svg("rect", { width: width.toFixed(1), height: 8 }));
}
