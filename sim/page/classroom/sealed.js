// Who has sealed a forecast in this turn; never what it says.

import { html, icon, span, svg } from "../elements.js";
import { isOver } from "./facts.js";
import { refill } from "./keep.js";

const DONE = "M3 8l4 4l7 -8";
const OPEN = "M2.5 8a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0z";

/** A list of the teams, each with a tick once it has sealed; `many` says how many have joined, and when. */
export function sealedView(room, many = () => false) {
  const list = html("ul", { class: "sealings" });
  return {
    node: list,
    update() {
      const { teams, turn, revealed } = room.state();
      list.hidden = revealed || isOver(room.state()) || (turn === 0 && !many(turn));
      refill(list, [teams, turn], () => teams.map((team) => item(team, turn, many(turn))));
    },
  };
}

function item({ name, sealed, members }, turn, many) {
  const mark = icon("tick", "0 0 16 16", svg("path", { d: sealed ? DONE : OPEN }));
  const joined = many ? ` · ${members} joined` : "";
  const words = turn === 0 ? joined.slice(3) : `${sealed ? "sealed" : "not yet"}${joined}`;
  const parts = [turn === 0 ? null : mark, span("name", name), span("note", words)];
  return html("li", { class: sealed ? "done" : "open" }, parts);
}
