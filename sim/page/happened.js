// What happened: one run, as it was lived; of a class also what it did, by whom and why.

import { html, span } from "./elements.js";
import { dayOf, shiftDays } from "./numbers.js";

const MOST_TELLING = 22;
const KINDS = { event: "event", place: "place", break: "break", collapse: "end" };
const STEPS = ["play", "inject", "override", "stop", "turn"];
const MOST_STEPS = 12; // of a class, where not all is shown
const MOST_OF_CLASS = 18; // rows of all kinds: reasons take room
const LONG = 12; // rows; on paper they leave no room for maps

/** The events, falls and breaks of the run in order of time; those that matter most, or all. */
export function happenedList({ happened }, { ground, events }) {
  const telling = marked(happened, ground, events);
  const end = happened.find(({ kind }) => kind === "collapse")?.hour ?? Infinity;
  const items = happened.map((each, i) => {
    const { hour, when, kind } = each;
    const name = KINDS[kind] ?? `step ${kind}${each.undone === null ? "" : " undone"}`;
    const what = KINDS[kind] ? span("what", each.text) : step(each, end);
    const cells = [span("when", when), span("day", `day ${dayOf(hour)}`), what];
    return html("li", { class: telling[i] ? `telling ${name}` : name }, cells);
  });
  const list = html("ol", { class: "happened" }, items);
  const some = telling.filter(Boolean).length;
  document.documentElement.classList.toggle("long", some > LONG);
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

/** Something that the class did: who and what, why, and what it changed or why it was undone. */
function step({ who, text, hour, acts, reason, undone, effect, fired }, end) {
  const later = acts > hour ? `, for day ${dayOf(acts)}` : "";
  const missed = fired === null ? (end <= acts ? " It came too late." : " It did not happen in this run.") : "";
  const what = html(undone === null ? "span" : "del", {}, `${text}${later}.`);
  const moved = effect ? ` Without it ${shiftDays(effect.mean)} days${limits(effect)}.` : "";
  const taken = undone === null ? null : span("taken", " Undone: ", html("q", {}, undone));
  const why = reason ? [" ", html("q", {}, reason)] : [];
  return span("what", html("b", {}, who), " ", what, ...why, taken, span("soft", missed, moved));
}

function limits({ low, high }) {
  return low === null ? "" : ` (${shiftDays(low)} to ${shiftDays(high)})`;
}

/** Of the class's steps, by their number: those that moved the collapse most, overrides and what was undone. */
function tellingSteps(happened) {
  const steps = happened.filter(({ kind }) => STEPS.includes(kind));
  const weight = ({ kind, undone, effect }) =>
    kind === "turn" ? -1 : kind === "override" || undone !== null ? Infinity : Math.abs(effect?.mean ?? 0);
  steps.sort((a, b) => weight(b) - weight(a) || a.number - b.number);
  return new Set(steps.slice(0, MOST_STEPS).map(({ number }) => number));
}

/** Breaks, the end, the fall of places that are named on a small map, and the first trigger of each event. */
function marked(happened, ground, events) {
  const major = new Set(ground.places.filter((place) => place.major).map((place) => place.id));
  const waiting = events.map((event) => new Set(event.triggers.map((trigger) => trigger.id)));
  const steps = tellingSteps(happened);
  const telling = happened.map(({ kind, trigger, place, number }) => {
    if (STEPS.includes(kind)) return steps.has(number);
    if (kind === "place") return major.has(place);
    if (kind !== "event") return true;
    const first = waiting.findIndex((triggers) => triggers.has(trigger));
    if (first < 0) return false;
    waiting[first] = new Set();
    return true;
  });
  // Of too many, the later falls of places are left to the whole list; of a class then the later events.
  const kinds = steps.size ? ["place", "event"] : ["place"];
  let spare = telling.filter(Boolean).length - (steps.size ? MOST_OF_CLASS : MOST_TELLING);
  for (const dropped of kinds) {
    for (let i = happened.length - 1; i >= 0 && spare > 0; i -= 1) {
      if (telling[i] && happened[i].kind === dropped) {
        telling[i] = false;
        spare -= 1;
      }
    }
  }
  return telling;
}
