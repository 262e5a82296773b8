// The events that can be switched off.

import { date } from "./clock.js";
import { html, span } from "./elements.js";
import { counted, ofHundred } from "./numbers.js";

/** Fills a fieldset with a switch for each event; `change` is called with the Set of names that are on. */
export function switches(fieldset, { events, clock }, change) {
  const boxes = events.map(({ name }, i) =>
    html("input", { type: "checkbox", id: `event-${i}`, checked: true, value: name }));
  const items = events.map((event, i) => html("li", {}, ...entry(event, boxes[i], clock)));
  const list = html("ul", { class: "switches" }, items);
  const all = html("button", { type: "button" }, "All on");
  const none = html("button", { type: "button" }, "All off");
  fieldset.append(list, html("div", { class: "buttons" }, all, none));

  const on = () => new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  function turn(every) {
    for (const box of boxes) box.checked = every;
    change(on());
  }
  list.addEventListener("change", () => change(on()));
  all.addEventListener("click", () => turn(true));
  none.addEventListener("click", () => turn(false));
  return { on };
}

function entry(event, box, clock) {
  const when = event.hour === null ? "seldom" : date(clock.start, event.hour);
  const label = html("label", { for: box.id }, span("when", when), " ", span("what", event.label));
  return [box, label, more(event)];
}

/** What the event is made of. */
function more({ triggers, about, happens }) {
  const single = triggers.length <= 1;
  const summary = single ? "about" : counted(triggers.length, "event");
  const rows = triggers.map(({ title, when }) => html("li", {}, single ? when : `${title}: ${when}`));
  const often = happens === null ? "" : `Happens in ${ofHundred(happens, 0)} of 100 runs of the baseline.`;
  const words = [about, often].filter(Boolean).join(" ");
  return html("details", {}, html("summary", {}, summary), html("p", {}, words), html("ul", {}, rows));
}
