// A connection without hubs: the layer on which the hubs stand (section 1.12).

import assert from "node:assert/strict";

import { until, word } from "../lib/until.mjs";

const MOUNT = "/signalr-raw";

export const raw = [
  {
    name: "a raw connection sends, hears what is broadcast, and has groups of its own that survive a cut",
    async run(world) {
      const [a, b] = [await world.page(), await world.page()];
      for (const client of [a, b]) {
        await client.createRaw(MOUNT);
        await client.start(world.transport);
      }
      const hears = (client, text) => until(() => `"${text}"; received ${JSON.stringify(client.received)}`, () => client.received.includes(text));
      const said = word("said");
      await a.send(said);
      for (const client of [a, b]) await hears(client, `${a.id}: ${said}`);

      const group = word("group");
      await a.send(`join ${group}`);
      // The join is done when what is sent after it comes back.
      await until("the join", async () => {
        await b.send(`group ${group} joined`);
        return a.received.includes("joined");
      });
      a.proxy.down();
      const missed = word("missed");
      await b.send(`group ${group} ${missed}`);
      a.proxy.heal();
      await hears(a, missed);
      const after = word("after");
      await b.send(`group ${group} ${after}`);
      await hears(a, after);
      assert.equal(a.received.filter((text) => text === missed).length, 1);
      assert.ok(!b.received.includes(missed));
    },
  },
];
