// Lines that need the server to go away and come back: 11.59, 11.60, 13.2.4, 13.3, and tokens of another key. What a
// page sees of it is among the behaviours.

import assert from "node:assert/strict";

import { checklist } from "../lib/checklist.mjs";
import { hearing, member } from "../lib/membership.mjs";
import { TRANSPORTS } from "../lib/raw.mjs";
import { until, word } from "../lib/until.mjs";

/** Opens a reconnect and, over long polling, polls on. */
async function back(wire, options) {
  const stream = await wire.reconnect(options);
  if (wire.transport === "longPolling") await wire.pollFrom(stream);
  return stream;
}

checklist("restart", [
  {
    name: "11.59 at a shutdown a waiting poll is answered with T, sockets and event streams end",
    restarts: true,
    async run(outer) {
      const bench = await outer.own();
      const wires = await Promise.all(TRANSPORTS.map((transport) => bench.open({ transport, poll: false })));
      const [socket, events, polling] = wires;
      const poll = await polling.stream("poll");
      await bench.server.drain();
      await until("all streams to end", () => socket.current.ended && events.current.ended && poll.ended);
      assert.equal(poll.status, 200);
      assert.match(poll.text.trim(), /^\{"C":"[^"\\]+","T":1,"M":\[\]\}$/);
      assert.notEqual(socket.current.closeCode, 1006, "the socket was cut, not closed");
      assert.equal(events.current.answer.complete, true);

      await bench.server.start();
      for (const wire of wires) {
        await back(wire);
        assert.equal(await wire.result("Echo", "back"), "back");
        await bench.events.are(wire.id, ["reconnected conformance"]);
      }
    },
  },
  {
    name: "11.60 after a restart with the same key an old cursor means from now, as does any text that is none of this process",
    restarts: true,
    async run(outer) {
      const bench = await outer.own();
      const wires = await Promise.all(TRANSPORTS.map((transport) => bench.open({ transport })));
      const old = word("old");
      for (const wire of wires) await wire.call("All", old);
      for (const wire of wires) await until("three words", () => wire.heard().length === 3);
      // No poll of theirs may bring a cursor of the new server before the test says so.
      for (const wire of wires) wire.cut();
      await bench.server.kill();
      await bench.server.start();
      const sender = await bench.open();
      for (const wire of wires) {
        for (const cursor of [wire.cursor, "garbage", "d-00000000-A,0|B,0", "s-0,1"]) {
          const missed = word("missed");
          wire.cut();
          await sender.call("All", missed);
          await back(wire, { cursor });
          const now = word("now");
          await sender.call("Client", wire.id, now);
          await wire.hears(now);
          assert.ok(!wire.heard().includes(missed), cursor);
          assert.equal(wire.heard().filter((text) => text === old).length, 3, "something was replayed");
        }
      }
    },
  },
  {
    name: "13.2.4 a connection that this node does not know gets the token's groups, by a poll too",
    restarts: true,
    async run(outer) {
      const bench = await outer.own();
      const group = word("group");
      const wires = await Promise.all(TRANSPORTS.map((transport) => member(bench, { transport }, group)));
      const byPoll = await member(bench, { transport: "longPolling", poll: true }, group);
      const none = await member(bench, {}, group);
      // No poll of theirs may reach the new server before the test says so.
      for (const wire of [...wires, byPoll, none]) wire.cut();
      await bench.server.kill();
      await bench.server.start();
      const sender = await bench.open();
      for (const wire of wires) {
        await back(wire);
        assert.equal(await hearing(wire, sender, group), true);
        await bench.events.are(wire.id, ["reconnected conformance"]);
      }
      // A request of a connection that the node does not know is a reconnect, whatever its action.
      await byPoll.pollOn();
      assert.equal(await hearing(byPoll, sender, group), true);
      await bench.events.are(byPoll.id, ["reconnected conformance"]);
      none.tokenToSend = "garbage";
      await back(none);
      assert.equal(await hearing(none, sender, group), false);
    },
  },
  {
    name: "13.2.4 a rejoined connection's token is as good as new: add, remove and a second reconnect",
    restarts: true,
    async run(outer) {
      const bench = await outer.own();
      const [first, second] = [word("first"), word("second")];
      const wire = await member(bench, {}, first);
      await bench.server.kill();
      await bench.server.start();
      const sender = await bench.open();
      await back(wire);
      await wire.call("Join", second);
      await wire.tokenAfter(1);
      wire.cut();
      await back(wire);
      assert.equal(await hearing(wire, sender, first), true);
      assert.equal(await hearing(wire, sender, second), true);
      await wire.call("Leave", first);
      await wire.tokenAfter(2);
      wire.cut();
      await back(wire);
      assert.equal(await hearing(wire, sender, first), false);
    },
  },
  {
    name: "13.3 a connection token is good after a restart with the same key",
    restarts: true,
    async run(outer) {
      const bench = await outer.own();
      const wires = await Promise.all(TRANSPORTS.map((transport) => bench.negotiated({ transport, user: "ann" })));
      await bench.server.kill();
      await bench.server.start();
      for (const wire of wires) {
        await wire.connect();
        if (wire.transport === "longPolling") await wire.pollOn();
        await wire.start();
        assert.equal(await wire.result("UserName"), "ann");
        await bench.events.are(wire.id, ["connected conformance"]);
        assert.equal((await wire.request("start", { as: "bob" })).status, 403);
      }
    },
  },
  {
    name: "11.20 a token of another key is 400, and 11.45 a groups token of another key brings no groups",
    restarts: true,
    async run(outer) {
      const bench = await outer.own();
      const group = word("group");
      const stranger = await member(bench, {}, group);
      await bench.server.kill();
      await bench.server.start({ key: "another" });
      for (const transport of TRANSPORTS) {
        const stream = await stranger.stream("reconnect", { transport });
        await until("the refusal", () => stream.ended);
        assert.equal(stream.status, 400);
        assert.equal(stream.text, "The ConnectionId is in the incorrect format.");
      }
      const [wire, sender] = [await bench.open(), await bench.open()];
      wire.tokenToSend = stranger.tokens[0];
      wire.cut();
      await back(wire);
      assert.equal(await hearing(wire, sender, group), false);
    },
  },
]);
