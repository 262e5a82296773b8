// Elements, made in one call. Text goes in as text nodes only, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element with attributes and children (elements or text). */
export function html(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** An SVG element with attributes and children. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

/** Sets attributes; null and false remove one, true sets it empty. */
export function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) node.removeAttribute(name);
    else node.setAttribute(name, value === true ? "" : value);
  }
  return node;
}

/** A <span> of this class. */
export function span(name, ...children) {
  return html("span", { class: name }, ...children);
}

/** A picture that only repeats what words beside it say. */
export function icon(name, viewBox, ...children) {
  return svg("svg", { class: name, viewBox, "aria-hidden": "true" }, ...children);
}

/** The element with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** A table row of cells; the first is its header. */
export function row(first, ...cells) {
  return html("tr", {}, html("th", { scope: "row" }, first), ...cells.map((cell) => html("td", {}, cell)));
}

function filled(node, attributes, children) {
  set(node, attributes);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}
