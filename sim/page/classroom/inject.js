// An inject by the umpire: put together, its paired effect looked at, then injected or kept for later.

import { html } from "../elements.js";
import { composer } from "./composer.js";
import { openForm } from "./dialog.js";
import { askAhead, effectView } from "./effect.js";

const PAUSE = 400; // ms without a change, after which a form may be meant as it is

/** A free event: to be tried and injected, or put into the master events list. */
export function injectView(room) {
  const made = composer(room);
  const error = html("p", { class: "error", role: "alert" });
  const later = html("button", { type: "button" }, "Keep it for later …");
  const go = html("button", { type: "submit", class: "primary" }, "See its effect …");
  const form = html("form", {}, made.nodes, error, html("div", { class: "buttons" }, go, later));
  const guarded = (act) => () => {
    error.textContent = "";
    if (!form.reportValidity()) return;
    act(made.read(), made.clear);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    guarded((event_, done) => injecting(room, { event: event_ }, done))();
  });
  const read = () => ({ injects: [asPlayed(room, made.read())] });
  let pause;
  form.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => form.isConnected && form.matches(":valid") && askAhead(room, read), PAUSE);
  });
  later.addEventListener("click", guarded((event, done) => planning(room, event, done)));
  const note = html("p", { class: "note" }, "You see what it does to all runs before it happens. Nobody else does.");
  return { node: html("div", {}, note, form), update: made.update };
}

/** An event as it would come now: not before the class is. */
export const asPlayed = (room, event) => ({ ...event, hour: Math.max(event.hour, room.state().hour) });

/** Shows what an event does, then injects it with a reason. `what` is {event} or {planned, event}. */
export function injecting(room, { event, planned = null }, done = () => {}) {
  const now = asPlayed(room, event);
  const effect = effectView(room, ["survival", "dots"], "with this inject");
  const dialog = openForm({
    title: `Inject: ${room.names.event(event, room.state().cards)}`,
    body: [html("div", { class: "scroll" }, effect.node)],
    why: "Why? It goes into the log", action: "Inject it",
    async submit(reason, how) {
      await room.act("inject", planned === null ? { event: now, reason } : { planned, reason }, how);
      done();
      room.say("Injected.");
    },
  });
  dialog.classList.add("wide");
  effect.show({ injects: [now] });
}

function planning(room, event, done) {
  const fields = [["target", "Whom it is for"], ["controller", "Who brings it into play"],
    ["expected", "What you expect them to do"]].map(([name, label]) => {
    const input = html("input", { id: `plan-${name}`, maxlength: 500 });
    return { name, input, node: html("p", { class: "field" }, html("label", { for: input.id }, label), input) };
  });
  openForm({
    title: `Keep for later: ${room.names.event(event, room.state().cards)}`,
    about: "It goes into the master events list, which teams never see.",
    body: fields.map(({ node }) => node), action: "Keep it",
    async submit(_, how) {
      const told = fields.map(({ name, input }) => [name, input.value.trim()]);
      await room.act("plan", { event, ...Object.fromEntries(told) }, how);
      done();
      room.say("In the master events list.");
    },
  });
}
