// What a page lives through when the server under it goes away and comes back, with the same key on the same address.

import assert from "node:assert/strict";

import { until, word } from "../lib/until.mjs";

/** One page in a group, the server ended by `end` and started anew, and a second page that speaks to the group. */
function comesBack(name, end) {
  return {
    name,
    slow: true,
    restarts: true,
    async run(world) {
      const server = await world.ownServer();
      const a = await world.page({ target: server.base });
      await a.open({ transport: world.transport });
      const { id } = a;
      const group = word("group");
      await a.call("Join", group);
      await until("the groups token", async () => (await a.about()).groupsToken);

      await end(server);
      await until("the page to notice", () => a.states.at(-1) === "reconnecting");
      await server.start();
      await a.sees("reconnected", { patience: 20_000 });
      // Over long polling the library takes a second without an error for success; the server's word is the safer one.
      // It knows of no connect: the connection's life begins here with a reconnect.
      await server.events.are(id, ["reconnected conformance"], 20_000);

      const b = await world.page({ target: server.base });
      await b.open({ transport: world.transport });
      const prefix = word("after");
      const texts = Array.from({ length: 5 }, (_, n) => `${prefix} ${n}`);
      for (const text of texts) await b.call("Group", group, text);
      await a.hears(texts.at(-1));
      assert.deepEqual(a.heardOf(prefix), texts);
      assert.equal((await a.about()).id, id);
      assert.equal(await a.call("ConnectionId"), id);
      assert.deepEqual(await server.events.of(id), ["reconnected conformance"]);
      assert.equal(a.count("disconnected"), 0);
    },
  };
}

export const restarts = [
  comesBack("11.59 a server that shuts down and comes back finds the page again, in its group", (server) => server.drain()),
  comesBack("13.2.4 a server that is killed and comes back finds the page again, in its group", (server) => server.kill()),
];
