// What was played, each with its reason, the latest first.

import { moment } from "../clock.js";
import { html, span } from "../elements.js";
import { counted } from "../numbers.js";
import { refill } from "./keep.js";

/** A list of what this role may see of what was played. */
export function decisionsView(room, nothing = "Nothing yet.") {
  const list = html("ol", { class: "decisions", reversed: true });
  return {
    node: list,
    update() {
      const { played, teams } = room.state();
      refill(list, [played, teams], () => {
        if (played.length === 0) return html("li", { class: "note none" }, nothing);
        return [...played].reverse().map((each) => item(room, each, teams));
      });
    },
  };
}

function item(room, played, teams) {
  const by = played.by === "umpire" ? "Umpire" : teams.find(({ id }) => id === played.by)?.name ?? played.by;
  const at = moment(room.told.clock.start, played.hour);
  const points = played.cost ? ` · ${counted(played.cost, "point")}` : "";
  return html("li", {},
    span("what", whatWas(room, played)), span("by", `${by} · turn ${played.turn} · for ${at}${points}`),
    html("q", {}, played.reason));
}

/** What something that was played is, in words. */
export function whatWas(room, { event, trigger }) {
  if (event !== null) return room.names.event(event, room.state().cards);
  const label = room.told.events.find(({ name }) => name === trigger)?.label ?? trigger;
  return `Stopped: ${label}`;
}
