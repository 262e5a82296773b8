// What-ifs that were kept; the umpire may put one on the projector.

import { html, span } from "../elements.js";
import { during } from "./busy.js";
import { refill } from "./keep.js";

/** A list of forks; `load(fork)` takes one up again. */
export function forksView(room, load) {
  const list = html("ul", { class: "forks" });
  const error = html("p", { class: "error", role: "alert" });
  const head = html("h3", {}, "Kept");
  return {
    node: html("div", {}, head, list, error),
    update() {
      const { forks, projected, role, revealed, teams } = room.state();
      head.hidden = forks.length === 0;
      refill(list, [forks, projected, revealed], () => forks.map((fork) => {
        const by = teams.find(({ id }) => id === fork.team)?.name ?? "Umpire";
        const shown = projected?.number === fork.number;
        const buttons = [button("Take up", `load-${fork.number}`, () => load(fork))];
        if (role === "umpire" && revealed) {
          const words = shown ? "Take off the projector" : "Put on the projector";
          buttons.push(button(words, `show-${fork.number}`, (event) => during(event.currentTarget, error,
            (how) => room.act("project", { fork: shown ? null : fork.number }, how))));
        }
        return html("li", {}, span("name", fork.name), role === "umpire" ? span("note", by) : null,
          html("span", { class: "buttons" }, buttons));
      }));
    },
  };
}

function button(text, key, act) {
  const node = html("button", { type: "button", "data-key": key }, text);
  node.addEventListener("click", act);
  return node;
}
