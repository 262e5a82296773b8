// A part of the page: a card with its heading.

import { html } from "../elements.js";

/** A <section> of this id. */
export function part(id, title, ...children) {
  const head = html("h2", { id: `${id}-title` }, title);
  return html("section", { class: "card", id, "aria-labelledby": head.id }, head, children);
}
