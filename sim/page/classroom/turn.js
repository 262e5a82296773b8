// The umpire's hand on the class: begin, next turn, undo, reveal.

import { html } from "../elements.js";
import { during } from "./busy.js";
import { whatWas } from "./decisions.js";
import { openForm } from "./dialog.js";
import { isOver } from "./facts.js";
import { refill } from "./keep.js";

/** The buttons, as the class stands. `ready()` says whether the set-up is saved. */
export function turnView(room, ready) {
  const buttons = html("div", { class: "buttons" });
  const time = html("p", { class: "now", hidden: true }, "The time is over: the last turn has ended. Reveal the run.");
  const error = html("p", { class: "error", role: "alert" });
  return {
    node: html("div", { class: "hand" }, time, buttons, error),
    update() {
      const { turn, revealed, undoable, teams } = room.state();
      const ended = isOver(room.state());
      time.hidden = !ended || revealed;
      const over = ended || room.lived().collapse !== null; // nothing is left to forecast
      const late = teams.filter(({ sealed }) => !sealed).map(({ name }) => name);
      refill(buttons, [turn, revealed, ended, over, undoable, late], () => {
        if (turn === 0) return press("Begin the class", "primary", (event) => {
          error.textContent = ready() ? "" : "The set-up has changes that are not saved yet: save them first.";
          if (!ready()) return;
          const empty = room.state().teams.filter(({ members }) => members === 0);
          if (empty.length === 0) during(event.currentTarget, error, (how) => room.act("begin", {}, how));
          else beginning(room, empty);
        });
        if (revealed) return [];
        const kind = late.length || over ? "next" : "primary";
        const next = press(late.length ? "Next turn …" : "Next turn", kind, (event) =>
          (late.length ? nextAnyway(room, late)
            : during(event.currentTarget, error, (how) => room.act("advance", {}, how))));
        const undo = press("Undo …", "", () => undoing(room));
        undo.disabled = undoable === null;
        const reveal = press("Reveal …", over ? "primary" : "", () => revealing(room, ended));
        return over ? [reveal, ended ? null : next, undo] : [next, undo, reveal];
      });
    },
  };
}

function press(text, kind, act) {
  const node = html("button", { type: "button", class: kind, "data-key": text }, text);
  node.addEventListener("click", act);
  return node;
}

/** Teams that nobody has joined would be waited for in every turn: they can be left out. */
function beginning(room, empty) {
  const { teams } = room.state();
  const kept = teams.filter((team) => !empty.includes(team));
  const box = html("input", { type: "checkbox", id: "without", checked: kept.length > 0, disabled: kept.length === 0 });
  const names = empty.map(({ name }) => name).join(", ");
  openForm({
    title: "Begin, though not every team has somebody",
    about: `Nobody has joined ${names} so far.`,
    body: [html("p", { class: "field check" }, box, html("label", { for: "without" }, "Begin without them"))],
    action: "Begin the class",
    async submit(_, how) {
      const own = ({ id, name, role, budget }) => ({ id, name, role, budget });
      if (box.checked) await room.act("setup", { teams: kept.map(own) }, how);
      await room.act("begin", {}, how);
    },
  });
}

function nextAnyway(room, late) {
  openForm({
    title: "Next turn, though not all have sealed",
    about: `Not sealed yet: ${late.join(", ")}. Their forecast of this turn will be missing.`,
    why: "Why does the class go on?", action: "Next turn",
    submit: (reason, how) => room.act("advance", { reason }, how),
  });
}

function undoing(room) {
  const { undoable, played } = room.state();
  const last = played.find(({ number }) => number === undoable);
  openForm({
    title: "Undo the last step",
    about: last ? `It is: ${whatWas(room, last)}.` : "It is: the last turn. The class goes back to the turn before.",
    why: "Why is it undone? The log keeps both", action: "Undo it",
    submit: (reason, how) => room.act("undo", { reason }, how),
  });
}

function revealing(room, ended) {
  openForm({
    title: "Reveal the run",
    about: [ended ? "" : "The scenario has not ended yet.", "Everybody sees how the run ends, all forecasts, and",
      "how lucky it was. This ends the play and cannot be undone."].join(" "),
    action: "Reveal",
    submit: (_, how) => room.act("reveal", {}, how),
  });
}
