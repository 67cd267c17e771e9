// Who is in a group, asked from outside: by what it hears.

import { word } from "./until.mjs";

/** A connection in a group, whose token has come. */
export async function member(bench, options, group) {
  const wire = await bench.open(options);
  await wire.call("Join", group);
  await wire.tokenAfter(0);
  return wire;
}

/** Cuts the link and comes back; `options` change what the reconnect sends. */
export async function comeBack(wire, options) {
  wire.cut();
  const stream = await wire.reconnect(options);
  if (wire.transport === "longPolling") await wire.pollFrom(stream);
  return stream;
}

/** What `wire` hears of the group, between now and a last word sent straight to it. */
export async function hearing(wire, sender, group) {
  const [said, last] = [word("said"), word("last")];
  await sender.call("Group", group, said);
  await sender.call("Client", wire.id, last);
  await wire.hears(last);
  return wire.heard().includes(said);
}
