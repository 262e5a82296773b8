// The embedded table (sim/report/packing.py): one row of it as an object.

const READERS = {
  u1: (buffer) => new Uint8Array(buffer),
  u2: (buffer) => new Uint16Array(buffer), // little-endian, as every machine with a browser is
  u4: (buffer) => new Uint32Array(buffer),
  f8: (buffer) => new Float64Array(buffer),
};
const MISSING = { u1: 2 ** 8 - 1, u2: 2 ** 16 - 1, u4: 2 ** 32 - 1 };
const open = new WeakMap();

/** Whether this browser can read such a table: those since 2023 can. */
export function canRead() {
  return "DecompressionStream" in globalThis;
}

/** Row `row` of a table as nested objects of numbers and arrays; null where a number is missing. */
export async function unpack(table, row) {
  if (!open.has(table)) open.set(table, opened(table));
  const columns = await open.get(table);
  const found = {};
  for (const { path, column, numbers, starts } of columns) {
    const names = path.split(".");
    const last = names.pop();
    const inner = names.reduce((object, name) => (object[name] ??= {}), found);
    inner[last] = values(column, numbers, starts, row);
  }
  return found;
}

function values(column, numbers, starts, row) {
  if (column.length === null) return number(column, numbers[row]);
  const [first, end] = starts ? [starts[row], starts[row + 1]] : [row * column.length, (row + 1) * column.length];
  return Array.from(numbers.subarray(first, end), (value) => number(column, value));
}

function number(column, value) {
  if (column.step === null) return Number.isNaN(value) ? null : value;
  return value === MISSING[column.type] ? null : value * column.step;
}

/** All columns of a table, decoded, with where each row begins if rows differ in length. */
function opened(table) {
  return Promise.all(Object.entries(table.columns).map(async ([path, column]) => {
    const starts = Array.isArray(column.length) ? [0] : null;
    if (starts) for (const size of column.length) starts.push(starts[starts.length - 1] + size);
    return { path, column, starts, numbers: READERS[column.type](await inflated(column.data)) };
  }));
}

async function inflated(text) {
  const { writable, readable } = new DecompressionStream("deflate");
  const writer = writable.getWriter();
  writer.write(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  writer.close();
  const parts = [];
  const reader = readable.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value);
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole.buffer;
}
