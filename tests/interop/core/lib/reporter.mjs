// Node's own `spec` report, with two tables before its closing counts: client × transport × protocol, and which behaviour holds in
// each of these cells. Tests named `client | transport | protocol | behaviour` are counted.

import { Readable } from "node:stream";
import { spec as Spec } from "node:test/reporters";

const TRANSPORTS = { WebSockets: "ws", ServerSentEvents: "sse", LongPolling: "lp" };
const PROTOCOLS = { json: "json", messagepack: "mp" };
const CLOSING = /ℹ tests \d+/;

export default async function* report(source) {
  const cells = [];

  async function* watched() {
    for await (const event of source) {
      const cell = cellOf(event);
      if (cell) cells.push(cell);
      yield event;
    }
  }

  let shown = false;
  for await (const text of Readable.from(watched()).pipe(new Spec())) {
    if (!shown && CLOSING.test(text) && cells.length) {
      shown = true;
      yield `${[...behaviours(cells), ...matrix(cells)].join("\n")}\n\n`;
    }
    yield text;
  }
}

function cellOf({ type, data }) {
  if (type !== "test:pass" && type !== "test:fail") return undefined;
  const [client, transport, protocol, behaviour] = data.name.split(" | ");
  if (!behaviour) return undefined;
  const result = data.skip !== undefined ? "skip" : type === "test:pass" ? "ok" : "FAIL";
  return { client, column: `${TRANSPORTS[transport]}/${PROTOCOLS[protocol]}`, behaviour, result };
}

const unique = (list) => [...new Set(list)];

function columnsOf(cells) {
  const all = Object.values(TRANSPORTS).flatMap((transport) => Object.values(PROTOCOLS).map((protocol) => `${transport}/${protocol}`));
  return all.filter((column) => cells.some((cell) => cell.column === column));
}

/** How many behaviours hold for each client over each transport in each protocol. */
function matrix(cells) {
  const columns = columnsOf(cells);
  const clients = unique(cells.map((cell) => cell.client)).sort();
  const count = (client, column) => {
    const here = cells.filter((cell) => cell.client === client && cell.column === column);
    const failed = here.filter((cell) => cell.result === "FAIL").length;
    if (!here.length) return "-";
    const held = `${here.filter((cell) => cell.result === "ok").length} ok`;
    return failed ? `${held}, ${failed} FAIL` : held;
  };
  return table("client × transport × protocol", clients, columns, count);
}

function behaviours(cells) {
  const lines = [];
  const margin = Math.max(...cells.map((cell) => cell.behaviour.length)) + 2;
  for (const client of unique(cells.map((cell) => cell.client)).sort()) {
    const here = cells.filter((cell) => cell.client === client);
    const rows = unique(here.map((cell) => cell.behaviour)).sort(byNumber);
    const result = (behaviour, column) => here.find((cell) => cell.behaviour === behaviour && cell.column === column)?.result ?? "-";
    lines.push(...table(client, rows, columnsOf(here), result, margin));
  }
  return lines;
}

function table(title, rows, columns, cell, margin = Math.max(...rows.map((row) => row.length)) + 2) {
  const width = Math.max(...columns.map((column) => column.length), ...rows.flatMap((row) => columns.map((column) => cell(row, column).length))) + 2;
  const line = (label, texts) => (label.padEnd(margin) + texts.map((text) => text.padEnd(width)).join("")).trimEnd();
  return ["", title, line("", columns), ...rows.map((row) => line(row, columns.map((column) => cell(row, column))))];
}

/** By the first number of the checklist in the name, then by name. */
function byNumber(one, other) {
  const number = (text) => Number(/^\d+\.(\d+)/.exec(text)?.[1] ?? Infinity);
  return number(one) - number(other) || one.localeCompare(other);
}
