// The master events list: what the umpire has planned. Teams never see it.

import { moment } from "../clock.js";
import { html, span } from "../elements.js";
import { askedOnDwelling } from "./effect.js";
import { isOver, isRunning } from "./facts.js";
import { asPlayed, injecting } from "./inject.js";
import { refill } from "./keep.js";

/** The rows in order of time; each can be injected. `toInject()` leads to where rows are made. */
export function planView(room, toInject) {
  const list = html("ol", { class: "plan" });
  const add = html("button", { type: "button" }, "Plan another event");
  add.addEventListener("click", toInject);
  return {
    node: html("div", {}, list, html("div", { class: "buttons" }, add)),
    update() {
      const { plan } = room.state();
      const rows = [...plan].sort((a, b) => a.event.hour - b.event.hour || a.number - b.number);
      const open = isRunning(room.state());
      add.hidden = isOver(room.state());
      refill(list, [rows, open], () => {
        if (rows.length === 0) return html("li", { class: "note" }, "Nothing is planned yet.");
        return rows.map((row) => item(room, row, open));
      });
    },
  };
}

function item(room, { number, event, target, controller, expected, injected }, open) {
  const told = [["For", target], ["By", controller], ["Expected", expected]].filter(([, text]) => text);
  const button = html("button", { type: "button", disabled: !open, "data-key": `plan-${number}` }, "Inject …");
  button.addEventListener("click", () => injecting(room, { event, planned: number }));
  askedOnDwelling(button, room, () => ({ injects: [asPlayed(room, event)] }));
  return html("li", { class: injected ? "done" : "" },
    span("when", moment(room.told.clock.start, event.hour)), span("what", room.names.event(event, room.state().cards)),
    injected ? span("note", "✓ injected") : button,
    html("dl", {}, told.flatMap(([name, text]) => [html("dt", {}, name), html("dd", {}, text)])));
}
