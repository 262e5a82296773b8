// Tabs: one panel at a time, reached by arrows as well.

import { html, set } from "../elements.js";

/** `entries` are {name, label, node}. `offer(names)` says which there are; `show(name)` opens one. */
export function tabs(label, entries) {
  const list = html("div", { role: "tablist", "aria-label": label, class: "tabs" });
  const made = entries.map(({ name, label: text, node }) => {
    const ids = { id: `tab-${name}`, "aria-controls": `panel-${name}` };
    const tab = html("button", { type: "button", role: "tab", ...ids }, text);
    const panel = html("div", { role: "tabpanel", id: `panel-${name}`, "aria-labelledby": `tab-${name}` }, node);
    tab.addEventListener("click", () => show(name));
    list.append(tab);
    return { name, tab, panel, offered: true };
  });
  let open = entries[0].name;

  function show(name) {
    open = name;
    for (const { name: each, tab, panel, offered } of made) {
      const own = each === name;
      set(tab, { "aria-selected": String(own), tabindex: own ? 0 : -1 });
      tab.hidden = !offered;
      panel.hidden = !own;
    }
  }
  list.addEventListener("keydown", (event) => {
    const order = [...list.children];
    const some = made.filter(({ offered }) => offered).sort((a, b) => order.indexOf(a.tab) - order.indexOf(b.tab));
    const at = some.findIndex(({ name }) => name === open);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: some.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = some[(to + some.length) % some.length];
    show(next.name);
    next.tab.focus();
  });
  show(open);
  return {
    node: html("div", { class: "tabbed" }, list, made.map(({ panel }) => panel)),
    show,
    offer(names) {
      for (const each of made) each.offered = names.includes(each.name);
      list.append(...names.map((name) => made.find((each) => each.name === name).tab));
      show(names.includes(open) ? open : names[0]);
    },
  };
}
