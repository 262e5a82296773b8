// How long this turn has been going on.

import { html, icon, svg } from "../elements.js";
import { isOver } from "./facts.js";
import { minutes } from "../numbers.js";
import { retext } from "./keep.js";

/** A clock that counts up by itself; `update()` sets it by the server. */
export function timerView(room) {
  const text = html("span");
  const clock = icon("tick", "0 0 16 16", svg("path", { d: "M2 8a6 6 0 1 0 12 0a6 6 0 1 0 -12 0zM8 4.5v3.7l2.6 1.6" }));
  const node = html("span", { class: "timer", title: "How long this turn has been going on" }, clock, text);
  let began = null;
  function tick() {
    node.hidden = began === null;
    if (began === null) return;
    retext(text, minutes((performance.now() - began) / 1000));
  }
  setInterval(tick, 1000);
  return {
    node,
    update() {
      const { turn_seconds: seconds, revealed } = room.state();
      began = seconds === null || revealed || isOver(room.state()) ? null : performance.now() - 1000 * seconds;
      tick();
    },
  };
}
