// Parts of the page that are filled anew when what they show has changed, and only then.

const shown = new WeakMap();

/** Fills `node` with what `make()` gives if `data` have changed. The focus stays at what has the same data-key. */
export function refill(node, data, make) {
  const text = JSON.stringify(data);
  if (shown.get(node) === text) return;
  shown.set(node, text);
  const active = document.activeElement;
  const key = node.contains(active) ? active.dataset.key : undefined;
  node.replaceChildren(...[make()].flat().filter((each) => each !== null && each !== undefined));
  if (key !== undefined) node.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

/** Sets a text if it is another one. */
export function retext(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
