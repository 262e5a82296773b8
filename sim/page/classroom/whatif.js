// What if: events of the scenario switched off, others added, on the same dice; kept as forks with a name.

import { html } from "../elements.js";
import { counted } from "../numbers.js";
import { switches } from "../switches.js";
import { during } from "./busy.js";
import { composer } from "./composer.js";
import { openForm } from "./dialog.js";
import { effectView } from "./effect.js";
import { forksView } from "./forks.js";
import { refill } from "./keep.js";
import { inTime } from "./scenario.js";

const MANY = 12;

/** Puts a version together and shows it beside what is played. Filled once the events may be known. */
export function whatIfView(room, { early = false } = {}) {
  const node = html("div", { class: "what-if" });
  let made = null;
  return {
    node,
    update() {
      if (!made && (early || room.state().revealed)) made = filled(room, node);
      made?.update();
    },
  };
}

function filled(room, node) {
  const { told } = room;
  const effect = effectView(room, ["survival", "fan", "dots"], "this what-if", "as it was played");
  const added = [];
  const list = html("ul", { class: "added" });
  const fieldset = html("fieldset", { class: "field" }, html("legend", {}, "Events of the scenario"));
  const invitation = html("p", {}, "Switch an event off, or add one: the same runs are shown with the change.");
  const chosen = switches(fieldset, { events: inTime(told.events), clock: told.clock }, change);
  if (told.events.length > MANY) fieldset.insertBefore(search(fieldset), fieldset.querySelector("ul"));
  fieldset.hidden = told.events.length === 0;

  function version() {
    const on = chosen.on();
    return { events: on.size < told.events.length ? on : null, injects: added };
  }
  function change() {
    const { events, injects } = version();
    const changed = events !== null || injects.length > 0;
    invitation.hidden = changed;
    refill(list, added, () => added.map((event, i) => item(event, i)));
    if (changed) effect.show({ events, injects: [...injects] });
    else effect.clear();
  }
  function item(event, i) {
    const away = html("button", { type: "button", "data-key": `away-${i}` }, "Remove");
    away.addEventListener("click", () => { added.splice(i, 1); change(); });
    return html("li", {}, room.names.event(event, room.state().cards), " ", away);
  }
  const add = html("button", { type: "button" }, "Add an event …");
  add.addEventListener("click", () => {
    const made = composer(room);
    openForm({
      title: "Add an event to this what-if", body: made.nodes, action: "Add",
      submit: async () => { added.push(await checked(room, made.read())); change(); },
    });
  });
  const load = ({ injects, stopped }) => {
    const off = new Set(stopped.map(([name]) => name));
    for (const box of fieldset.querySelectorAll("input[type=checkbox]")) box.checked = !off.has(box.value);
    added.splice(0, added.length, ...injects);
    change();
  };
  const forks = forksView(room, load);
  const decide = html("div", { class: "decide" }, invitation, fieldset,
    html("h3", {}, "Added"), list, html("div", { class: "buttons" }, add), saving(room, version), forks.node);
  node.replaceChildren(decide, effect.node);
  return forks;
}

/** An event that the server takes: it says in words what does not fit. */
async function checked(room, event) {
  await room.send("result", { injects: [event], played: true, runs: "first" });
  return event;
}

function saving(room, version) {
  const input = html("input", { id: "fork-name", required: true, maxlength: 40, autocomplete: "off" });
  const [error, go] = [html("p", { class: "error", role: "alert" }), html("button", { type: "submit" }, "Keep it")];
  const label = html("label", { for: "fork-name" }, "Name of this what-if");
  const field = html("p", { class: "field" }, label, html("span", { class: "beside" }, input, go));
  const note = html("p", { class: "note" }, "What is kept stands in the report of the class.");
  const form = html("form", {}, field, note, error);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    during(go, error, async (how) => {
      const { events, injects } = version();
      const off = events === null ? [] : room.told.events.map(({ name }) => name).filter((name) => !events.has(name));
      if (off.length + injects.length === 0) throw new Error("change something first");
      await room.act("fork", { name: input.value.trim(), injects, stopped: off.map((name) => [name, 0]) }, how);
      room.say(`Kept: ${input.value.trim()}.`);
      input.value = "";
    });
  });
  return form;
}

function search(fieldset) {
  const label = `Search ${counted(fieldset.querySelectorAll(".switches > li").length, "event")}`;
  const input = html("input", { type: "search", placeholder: label, "aria-label": label });
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    for (const item of fieldset.querySelectorAll(".switches > li")) {
      item.hidden = !item.querySelector("label").textContent.toLowerCase().includes(wanted);
    }
  });
  return input;
}
