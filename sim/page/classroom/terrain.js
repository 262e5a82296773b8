// The map of the lived run up to now, with its player; units that have left can be asked why.

import { html } from "../elements.js";
import { legend } from "../legend.js";
import { mapView } from "../map.js";
import { player } from "../player.js";
import { retext } from "./keep.js";

/** `update()` goes on to what is newly told; `why(id)` is called for a unit that is pointed at. */
export function terrainView(room, { why = null, quiet = false, width = 560 } = {}) {
  const figure = html("figure", { class: "ground" });
  const slider = html("input", { type: "range", "aria-label": "Time", class: "time" });
  const button = html("button", { type: "button", class: "play" });
  const output = html("output", { class: "moment" });
  const text = html("p", { class: "map-text" });
  const marks = html("div", { class: "legend" });
  const map = mapView(figure, room.told, { width });
  const play = player({ slider, button, output }, { ...room.told.clock, shown: 0 }, (hour) => {
    const told = map.move(hour, "run");
    retext(text, told.text);
    marks.replaceChildren(...legend(room.told, "run", told));
  });
  let until = null;
  const units = figure.querySelectorAll(".units path");
  figure.addEventListener("click", ({ target }) => {
    const i = [...units].indexOf(target.closest(".units path"));
    if (i >= 0 && why) why(room.told.ground.units[i].id);
  });
  const bar = html("div", { class: "bar" }, button, slider, output);
  return {
    node: html("div", { class: quiet ? "terrain quiet" : "terrain" }, figure, bar, text, marks),
    update() {
      const lived = room.lived();
      const from = until;
      map.draw({ lived });
      play.until(lived.hour);
      const last = Number(slider.max);
      if (from === null || lived.hour < from) play.go(last);
      else if (lived.hour > from) {
        play.go(room.told.clock.ticks.indexOf(from));
        play.play();
      } else play.go(Math.min(Number(slider.value), last));
      until = room.told.clock.ticks[last];
    },
  };
}
