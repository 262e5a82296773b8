// Choosing several from a list that may be long: boxes by group, with a search.

import { html } from "../elements.js";

const MANY = 12;
let number = 0;

/** A fieldset of boxes; `rows` are {id, name, group}. */
export function picker(label, rows) {
  number += 1;
  const groups = new Map();
  for (const row of rows) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  const boxes = [];
  const parts = [...groups].map(([group, each], g) => {
    const items = each.map(({ id, name }, i) => {
      const box = html("input", { type: "checkbox", id: `pick-${number}-${g}-${i}`, value: id });
      const item = html("li", {}, box, html("label", { for: box.id }, name));
      boxes.push({ box, item, text: `${name} ${group}`.toLowerCase() });
      return item;
    });
    return html("div", { class: "group" }, group ? html("h3", {}, group) : null, html("ul", {}, items));
  });
  const chosen = html("output", { class: "note" });
  const error = rows.length === 0 ? html("p", { class: "note" }, "There is none just now.") : null;
  const list = html("div", { class: "pick" }, parts);
  const node = html("fieldset", { class: "field" }, html("legend", {}, label), error);
  if (rows.length > MANY) node.append(search(boxes, list, label));
  node.append(list, chosen);
  const count = () => {
    const many = boxes.filter(({ box }) => box.checked).length;
    chosen.textContent = many ? `${many} chosen` : "";
  };
  list.addEventListener("change", count);
  return { node, read: () => boxes.filter(({ box }) => box.checked).map(({ box }) => box.value) };
}

function search(boxes, list, label) {
  const told = { placeholder: "Search by name or place", "aria-label": `Search: ${label}` };
  const input = html("input", { type: "search", ...told });
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    for (const { item, text } of boxes) item.hidden = !text.includes(wanted);
    for (const group of list.children) group.hidden = !group.querySelector("li:not([hidden])");
  });
  return input;
}
