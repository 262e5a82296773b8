// The form of a card, made from its JSON Schema: places, units and the like are chosen by name.

import { html } from "../elements.js";
import { capital, choiceOf, kindOf, labelOf } from "./naming.js";
import { picker } from "./picker.js";

let number = 0;

/** Fields of a card. `read()` gives what is filled in; fields that are left empty are left out. */
export function cardFields(card, { told, names, units }) {
  number += 1;
  const { properties = {}, required = [] } = card.fields;
  const made = Object.entries(properties).map(([field, schema]) => {
    const id = `card-${number}-${field}`;
    return { field, ...one({ field, schema, id, needed: required.includes(field), card, told, names, units }) };
  });
  neighbours(made, told);
  return {
    nodes: made.map(({ node }) => node),
    read: () => Object.fromEntries(
      made.map(({ field, read }) => [field, read()]).filter(([, value]) => value !== undefined && value !== "")),
  };
}

function one({ field, schema, id, needed, card, told, names, units }) {
  const kind = kindOf(field);
  const type = schema.type ?? schema.anyOf?.find((each) => each.type !== "null")?.type;
  if (type === "boolean") return check(field, id, schema.default === true);
  if (type === "array" && kind === "units") return unitPicker(card, told, units);
  if (type === "array") return picker(labelOf(field), names.lists[kind].map((row) => ({ ...row, group: "" })));
  if (schema.enum) return choice(field, id, schema.enum.map((each) => [each, capital(choiceOf(each))]), needed);
  if (type === "number" || type === "integer") return amount(field, id, schema, needed);
  const rows = [...(names.lists[kind] ?? [])].sort((a, b) => a.name.localeCompare(b.name));
  return choice(field, id, rows.map((row) => [row.id, row.name]), needed);
}

/** Units in the field by where they stand; a card that brings units offers those that are not in the field yet. */
function unitPicker(card, told, units) {
  const brings = card.name === "send_units";
  const there = ["holding", "wavering", "withdrawing"];
  const some = units.filter(({ status }) => (brings ? status === "absent" : there.includes(status)));
  const groupOf = ({ where }) => (brings ? "Not in the field yet" : where);
  return picker(labelOf("units"), some.map((unit) => ({ id: unit.id, name: unit.name, group: groupOf(unit) })));
}

function labelled(field, id, input) {
  return html("p", { class: "field" }, html("label", { for: id }, labelOf(field)), input);
}

function check(field, id, on) {
  const input = html("input", { type: "checkbox", id, checked: on });
  const node = html("p", { class: "field check" }, input, html("label", { for: id }, labelOf(field)));
  return { node, read: () => input.checked };
}

function choice(field, id, rows, needed) {
  const none = html("option", { value: "" }, needed ? "Choose …" : "– any –");
  const options = rows.map(([value, text]) => html("option", { value }, text));
  const input = html("select", { id, required: needed }, none, options);
  return { node: labelled(field, id, input), read: () => input.value || undefined, input };
}

function amount(field, id, schema, needed) {
  const { minimum, maximum, exclusiveMinimum, default: usual } = schema;
  const limits = { min: minimum ?? exclusiveMinimum, max: maximum, step: "any" };
  const input = html("input", { type: "number", id, required: needed, value: usual ?? null, inputmode: "decimal" });
  for (const [name, value] of Object.entries(limits)) if (value !== undefined) input.setAttribute(name, value);
  return { node: labelled(field, id, input), read: () => (input.value === "" ? undefined : Number(input.value)) };
}

/** Where a card names a road by its two ends, the second is offered from the neighbours of the first. */
function neighbours(made, { ground }) {
  const [first, second] = ["first", "second"].map((name) => made.find(({ field }) => field === name)?.input);
  if (!first || !second) return;
  const all = [...second.options];
  const row = new Map(ground.places.map(({ id }, i) => [id, i]));
  const update = () => {
    const from = row.get(first.value);
    const ends = new Set(ground.roads.filter((road) => road.includes(from)).flat());
    const fits = ({ value }) => value === "" || (ends.has(row.get(value)) && value !== first.value);
    second.replaceChildren(...(from === undefined ? all.slice(0, 1) : all.filter(fits)));
  };
  first.addEventListener("change", update);
  update();
}
