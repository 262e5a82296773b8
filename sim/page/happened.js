// What happened: one run, as it was lived.

import { html, span } from "./elements.js";
import { dayOf } from "./numbers.js";

const MOST_TELLING = 22;
const KINDS = { event: "event", place: "place", break: "break", collapse: "end" };

/** The events, falls and breaks of the run in order of time; those that matter most, or all. */
export function happenedList({ happened }, { ground, events }) {
  const telling = marked(happened, ground, events);
  const items = happened.map(({ hour, when, kind, text }, i) => {
    const name = telling[i] ? `telling ${KINDS[kind]}` : KINDS[kind];
    return html("li", { class: name }, span("when", when), span("day", `day ${dayOf(hour)}`), span("what", text));
  });
  const list = html("ol", { class: "happened" }, items);
  const some = telling.filter(Boolean).length;
  if (some === happened.length) return [list];
  list.classList.add("short");
  const button = html("button", { type: "button", class: "screen", "aria-expanded": "false" });
  const label = (short) => (short ? `Show all ${happened.length}` : `Show the ${some} that matter most`);
  button.addEventListener("click", () => {
    const short = list.classList.toggle("short");
    button.setAttribute("aria-expanded", String(!short));
    button.textContent = label(short);
  });
  button.textContent = label(true);
  return [list, button];
}

/** Breaks, the end, the fall of places that are named on a small map, and the first trigger of each event. */
function marked(happened, ground, events) {
  const major = new Set(ground.places.filter((place) => place.major).map((place) => place.id));
  const waiting = events.map((event) => new Set(event.triggers.map((trigger) => trigger.id)));
  const telling = happened.map(({ kind, trigger, place }) => {
    if (kind === "place") return major.has(place);
    if (kind !== "event") return true;
    const first = waiting.findIndex((triggers) => triggers.has(trigger));
    if (first < 0) return false;
    waiting[first] = new Set();
    return true;
  });
  // Of too many, the later falls of places are left to the whole list.
  let spare = telling.filter(Boolean).length - MOST_TELLING;
  for (let i = happened.length - 1; i >= 0 && spare > 0; i -= 1) {
    if (telling[i] && happened[i].kind === "place") {
      telling[i] = false;
      spare -= 1;
    }
  }
  return telling;
}
