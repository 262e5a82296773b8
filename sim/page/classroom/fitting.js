// A list that never leaves the window: as many of its rows as there is room for, and how many more there are.

import { html } from "../elements.js";
import { retext } from "./keep.js";

const MARGIN = 12; // pixels below it

/** `fit(many)` hides the last rows of `list`, one of `many`, until `part` ends in the window; `.end` stays in sight. */
export function fitted(list, part) {
  const note = html("p", { class: "more", hidden: true });
  const stacked = window.matchMedia("(max-width: 760px)"); // then the page scrolls anyway
  function fit(many) {
    const rows = [...list.children];
    for (const row of rows) row.hidden = false;
    const tell = () => {
      const more = many - rows.filter((row) => !row.hidden).length;
      note.hidden = more <= 0;
      retext(note, `and ${more} more, on the teams’ pages`);
    };
    tell();
    if (stacked.matches) return;
    const least = rows.findIndex((row) => !row.classList.contains("end"));
    for (let i = rows.length - 1; i > least && isBelow(part); i -= 1) {
      if (rows[i].classList.contains("end")) continue;
      rows[i].hidden = true;
      tell();
    }
  }
  return { note, fit };
}

function isBelow(part) {
  return part.getBoundingClientRect().bottom + window.scrollY > window.innerHeight - MARGIN;
}
