// Node's own `spec` report, with the matrix of clients before its closing counts: which behaviour holds for which client
// over which transport. Tests named `client | transport | behaviour` are its cells.

import { Readable } from "node:stream";
import { spec as Spec } from "node:test/reporters";

const SHORT = { webSockets: "ws", serverSentEvents: "sse", longPolling: "lp" };
const CLOSING = /ℹ tests \d+/;
const WIDTH = 5;

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
    if (!shown && CLOSING.test(text)) {
      shown = true;
      yield matrix(cells);
    }
    yield text;
  }
}

function cellOf({ type, data }) {
  if (type !== "test:pass" && type !== "test:fail") return undefined;
  const [client, transport, behaviour] = data.name.split(" | ");
  if (!behaviour) return undefined;
  const result = data.skip !== undefined ? "skip" : type === "test:pass" ? "ok" : "FAIL";
  return { client, transport, behaviour, result };
}

function matrix(cells) {
  if (!cells.length) return "";
  const clients = unique(cells.map((cell) => cell.client)).sort();
  const columns = clients.map((client) => ({
    client,
    transports: Object.keys(SHORT).filter((transport) => cells.some((cell) => cell.client === client && cell.transport === transport)),
  }));
  const behaviours = unique(cells.map((cell) => cell.behaviour)).sort(byNumber);
  const margin = Math.max(...behaviours.map((behaviour) => behaviour.length)) + 2;

  const lines = ["", "client × transport × behaviour", ""];
  const groups = columns.map(({ client, transports }) => ({ client, width: Math.max(transports.length * WIDTH, client.length) + 2 }));
  lines.push(" ".repeat(margin) + groups.map(({ client, width }) => client.padEnd(width)).join(""));
  const row = (label, cell) => {
    const parts = columns.map(({ client, transports }, index) =>
      transports.map((transport) => cell(client, transport).padEnd(WIDTH)).join("").padEnd(groups[index].width));
    lines.push((label.padEnd(margin) + parts.join("")).trimEnd());
  };
  row("", (_, transport) => SHORT[transport]);
  for (const behaviour of behaviours) {
    row(behaviour, (client, transport) => {
      const found = cells.find((cell) => cell.behaviour === behaviour && cell.client === client && cell.transport === transport);
      return found?.result ?? "·";
    });
  }
  const ok = cells.filter((cell) => cell.result === "ok").length;
  lines.push("", `${ok} of ${cells.length} cells ok; · is not for that client or transport`, "", "");
  return lines.join("\n");
}

const unique = (list) => [...new Set(list)];

/** Behaviours with a checklist number last, in the order of their numbers. */
function byNumber(one, other) {
  const key = (name) => /^(\d+)\.(\d+)/.exec(name)?.slice(1).map(Number) ?? [0, 0];
  const [a, b] = [key(one), key(other)];
  return a[0] - b[0] || a[1] - b[1] || one.localeCompare(other);
}
