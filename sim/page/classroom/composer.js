// An event put together from all cards: what, with which fields, when.

import { html } from "../elements.js";
import { cardFields } from "./fields.js";
import { whenAnyDay } from "./when.js";

const SIDES = [
  ["umpire", "What befalls the force"], ["host", "Host command"], ["patron", "Patrons"], ["attacker", "Attackers"],
];
let number = 0;

/** Fields for any event; `read()` gives it as the server takes it, and throws if nothing is chosen. */
export function composer(room) {
  number += 1;
  const when = whenAnyDay(room);
  const about = html("p", { class: "note", id: `what-${number}-about` });
  const part = html("div", { class: "fields" });
  const select = html("select", { id: `what-${number}`, "aria-describedby": about.id, required: true });
  select.append(html("option", { value: "" }, "Choose …"));
  for (const [side, label] of SIDES) {
    const cards = room.state().cards.filter((card) => card.side === side);
    const options = cards.map(({ name, title }) => html("option", { value: name }, title));
    if (cards.length > 0) select.append(html("optgroup", { label }, options));
  }
  let fields = null;
  const card = () => room.state().cards.find(({ name }) => name === select.value);
  select.addEventListener("change", () => {
    const chosen = card();
    about.textContent = chosen?.about ?? "";
    fields = chosen ? cardFields(chosen, { told: room.told, names: room.names, units: room.units() }) : null;
    part.replaceChildren(...(fields?.nodes ?? []));
  });
  const what = html("p", { class: "field" }, html("label", { for: select.id }, "What happens"), select);
  const title = html("input", { id: `what-${number}-title`, maxlength: 200, autocomplete: "off" });
  const headline = html("p", { class: "field" },
    html("label", { for: title.id }, "Headline in the news, if not its own"), title);
  return {
    nodes: [what, about, part, when.node, headline],
    read() {
      if (fields === null) throw new Error("choose what happens");
      return { hour: when.read(), card: select.value, with: fields.read(), title: title.value.trim() };
    },
    update: when.update,
    clear() {
      select.value = "";
      title.value = "";
      when.clear();
      select.dispatchEvent(new Event("change"));
    },
  };
}
