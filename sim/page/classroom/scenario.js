// The scenario's own events, for the umpire: what has happened, what is to come, and what can be stopped.

import { date } from "../clock.js";
import { html, span } from "../elements.js";
import { counted, ofHundred } from "../numbers.js";
import { openForm } from "./dialog.js";
import { askedOnDwelling, effectView } from "./effect.js";
import { isRunning } from "./facts.js";
import { refill } from "./keep.js";

const MANY = 12;

/** The events in order of time, with a search where they are many. */
export function scenarioView(room) {
  const list = html("ul", { class: "scenario" });
  const events = inTime(room.told.events);
  const label = `Search ${counted(events.length, "event")}`;
  const input = html("input", { type: "search", placeholder: label, "aria-label": label });
  input.hidden = events.length <= MANY;
  const filter = () => {
    const wanted = input.value.trim().toLowerCase();
    for (const item of list.children) item.hidden = !item.textContent.toLowerCase().includes(wanted);
  };
  input.addEventListener("input", filter);
  return {
    node: html("div", {},
      html("p", { class: "note" }, "What happens by itself unless you stop it. Only you see this list."), input,
      long("Events of the scenario", list)),
    update() {
      const { played } = room.state();
      const happened = new Map(room.lived().news.map(({ trigger, hour }) => [trigger, hour]));
      const stopped = new Set(played.map(({ trigger }) => trigger).filter(Boolean));
      const open = isRunning(room.state());
      const over = ({ name }) => happened.has(name) || stopped.has(name);
      const rows = [...events.filter((event) => !over(event)), ...events.filter(over)]; // what is to come first
      refill(list, [[...happened], [...stopped], open], () =>
        rows.map((event) => item(room, event, { hour: happened.get(event.name), stopped, open })));
      filter();
    },
  };
}

/** A list that scrolls, and can be reached to do so. */
export function long(label, list) {
  return html("div", { class: "long", tabindex: 0, role: "group", "aria-label": label }, list);
}

/** Events in order of time; those that seldom happen come last. */
export function inTime(events) {
  const at = ({ hour }) => hour ?? Infinity;
  return [...events].sort((a, b) => (at(a) === at(b) ? 0 : at(a) - at(b)) || a.label.localeCompare(b.label));
}

function item(room, event, { hour, stopped, open }) {
  const { start } = room.told.clock;
  const when = event.hour === null ? "seldom" : date(start, event.hour);
  const parts = [span("when", when), span("what", event.label)];
  if (hour !== undefined) return html("li", { class: "done" }, parts, span("note", `happened on ${date(start, hour)}`));
  if (stopped.has(event.name)) return html("li", { class: "done" }, parts, span("note", "stopped"));
  const often = span("note", `in ${ofHundred(event.happens, 0)} of 100 runs`);
  const stop = html("button", { type: "button", disabled: !open, "data-key": `stop-${event.name}` }, "Stop …");
  stop.setAttribute("aria-label", `Stop: ${event.label}`);
  stop.addEventListener("click", () => stopping(room, event));
  askedOnDwelling(stop, room, () => without(room, event));
  return html("li", {}, parts, often, stop);
}

/** The version in which an event no longer happens. */
const without = (room, { name }) => ({ stopped: [[name, room.state().hour]] });

/** Shows what it does to all runs that an event no longer happens, then stops it with a reason. */
function stopping(room, { name, label }) {
  const effect = effectView(room, ["survival", "dots"], "without it");
  const dialog = openForm({
    title: `Stop: ${label}`, about: "It will not happen from now on.",
    body: [html("div", { class: "scroll" }, effect.node)],
    why: "Why? It goes into the log", action: "Stop it",
    submit: (reason, how) => room.act("stop", { trigger: name, reason }, how),
  });
  dialog.classList.add("wide");
  effect.show(without(room, { name }));
}
