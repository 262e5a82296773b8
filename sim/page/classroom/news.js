// What has happened in the lived run so far, the latest first.

import { moment } from "../clock.js";
import { html, span } from "../elements.js";
import { counted } from "../numbers.js";
import { refill } from "./keep.js";
import { newsOf } from "./lived.js";

const MOST_NEW = 9; // what a projector has room for

/** The news; `most` of them, and all since the turn began (`MOST_NEW`), which are marked; the rest behind a button. */
export function newsView(room, most = 8) {
  const list = html("ol", { class: "happened news" });
  const more = html("button", { type: "button" });
  const none = html("p", { class: "note" }, "Nothing has happened yet.");
  let all = false;
  more.addEventListener("click", () => {
    all = !all;
    update();
  });
  function update() {
    const rows = newsOf(room.told, room.lived());
    const { turn, hour, turn_hours: long, revealed } = room.state();
    const since = turn > 1 && !revealed ? hour - long : Infinity;
    const end = rows.find(({ kind }) => kind === "end"); // it stays in sight
    const fresh = rows.filter((row) => row.hour > since).length;
    const some = rows.slice(0, Math.max(most, Math.min(fresh, MOST_NEW)));
    const latest = !end || some.includes(end) ? some : [end, ...some.slice(0, -1)];
    const shown = all ? rows : latest;
    none.hidden = rows.length > 0;
    more.hidden = rows.length <= latest.length;
    more.textContent = all ? "Show the latest" : `Show all ${counted(rows.length, "item")}`;
    more.setAttribute("aria-expanded", String(all));
    refill(list, [shown, since], () => shown.map((row) => item(room, row, row.hour > since)));
  }
  return { node: html("div", {}, none, list, more), update };
}

function item(room, { hour, kind, text }, fresh) {
  const mark = fresh ? span("new", "new") : null;
  return html("li", { class: kind }, span("when", moment(room.told.clock.start, hour)), span("what", text, " ", mark));
}
