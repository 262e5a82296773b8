// The map in words and numbers: every place at the moment that is shown.

import { indexAt, moment } from "./clock.js";
import { html, row } from "./elements.js";
import { nInHundred } from "./hundred.js";
import { ofHundred } from "./numbers.js";
import { table } from "./sentence.js";

/** Fills a <details> with a table while it is open. `draw(picture, base)` takes a version, `move(hour)` a moment. */
export function placesTable(details, { ground, clock }) {
  let shown = null;
  const body = html("div", { tabindex: 0, role: "group", "aria-label": "Places" }); // it scrolls, so it can be reached
  details.append(body);
  const update = () => details.open && shown?.hour !== undefined && body.replaceChildren(filled(ground, clock, shown));
  details.addEventListener("toggle", update);
  return {
    draw(picture, base) {
      shown = { ...shown, picture, base };
    },
    move(hour) {
      shown = { ...shown, hour };
      update();
    },
  };
}

function filled(ground, clock, { picture, base, hour }) {
  const at = indexAt(clock.hours, hour);
  const tick = indexAt(clock.ticks, hour);
  const { turns } = picture.lived;
  const control = [];
  for (let i = 0; i < turns.tick.length && turns.tick[i] <= tick; i += 1) control[turns.place[i]] = turns.controller[i];
  const rows = ground.places.map(({ name }, i) => {
    const [ours, theirs] = [picture, base].map(({ lost }) => lost[i * clock.hours.length + at]);
    const holder = ground.controllers[control[i]].name;
    return row(name, holder, ofHundred(theirs, 0), html("b", {}, ofHundred(ours, 0)), nInHundred(ours, 50));
  });
  const by = `by ${moment(clock.start, clock.hours[at])}`;
  return table(["Place", "in this run held by", "lost in 100 runs: baseline", "this version", by], rows);
}
