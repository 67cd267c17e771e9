// Sections 13.2, what a reconnect gives, and 13.3, tokens; the parts that need a restart are in restart.test.mjs.

import assert from "node:assert/strict";

import { checklist } from "../lib/checklist.mjs";
import { comeBack, hearing, member } from "../lib/membership.mjs";
import { TRANSPORTS } from "../lib/raw.mjs";
import { until, word } from "../lib/until.mjs";

/** Sends something to the connection itself and waits for it: what was due before has come by then. */
async function settle(wire, sender) {
  const text = word("settled");
  await sender.call("Client", wire.id, text);
  await wire.hears(text);
}

checklist("ours: reconnect", [
  {
    name: "13.2.1 a known connection with a valid token has its own membership, newer than the token",
    async run(bench) {
      const sender = await bench.open();
      for (const transport of TRANSPORTS) {
        const [first, second] = [word("first"), word("second")];
        const wire = await member(bench, { transport }, first);
        const [old] = wire.tokens;
        await wire.call("Join", second);
        await wire.tokenAfter(1);
        wire.tokenToSend = old;
        await comeBack(wire);
        assert.equal(await hearing(wire, sender, second), true, "joined after the token was made");
        assert.equal(await hearing(wire, sender, first), true);
        wire.tokenToSend = undefined;
        await wire.call("Leave", first);
        await wire.tokenAfter(wire.tokens.length - 1);
        wire.tokenToSend = old;
        await comeBack(wire);
        assert.equal(await hearing(wire, sender, first), false, "left after the token was made");
      }
    },
  },
  {
    name: "13.2.1 G comes again when the token is older than the membership or the cursor lies before the last G, else not",
    async run(bench) {
      const sender = await bench.open();
      for (const transport of TRANSPORTS) {
        const [first, second] = [word("first"), word("second")];
        const wire = await member(bench, { transport }, first);
        const [old] = wire.tokens;
        await settle(wire, sender);
        const early = wire.cursor;
        await wire.call("Join", second);
        await wire.tokenAfter(1);
        await settle(wire, sender);

        let count = wire.tokens.length;
        await comeBack(wire);
        await settle(wire, sender);
        assert.equal(wire.tokens.length, count, "G came though the token and the cursor are the latest");

        wire.cut();
        await wire.reconnect({ token: old });
        await wire.tokenAfter(count);
        if (transport === "longPolling") await wire.pollFrom(wire.current);
        count = wire.tokens.length;

        wire.cut();
        await wire.reconnect({ cursor: early });
        await wire.tokenAfter(count);
      }
    },
  },
  {
    name: "13.2.2 with a bad token a known connection sees no groups; the next valid token ends it",
    async run(bench) {
      const sender = await bench.open();
      for (const transport of TRANSPORTS) {
        const group = word("group");
        const wire = await member(bench, { transport }, group);
        await settle(wire, sender);
        for (const bad of ["garbage", null]) {
          wire.tokenToSend = bad;
          await comeBack(wire);
          assert.equal(await hearing(wire, sender, group), false, `with ${bad}`);
          assert.equal(wire.tokens.length, 1);
          wire.tokenToSend = undefined;
          await comeBack(wire);
          assert.equal(await hearing(wire, sender, group), true, "the valid token did not end it");
        }
      }
    },
  },
  {
    name: "13.2.2 an add meanwhile makes what it sees the membership",
    async run(bench) {
      const sender = await bench.open();
      for (const transport of TRANSPORTS) {
        const [old, added] = [word("old"), word("added")];
        const wire = await member(bench, { transport }, old);
        await settle(wire, sender);
        wire.tokenToSend = "garbage";
        await comeBack(wire);
        wire.tokenToSend = undefined;
        await sender.call("AddOther", wire.id, added);
        await wire.tokenAfter(1);
        assert.equal(await hearing(wire, sender, added), true);
        assert.equal(await hearing(wire, sender, old), false);
        await comeBack(wire);
        assert.equal(await hearing(wire, sender, added), true);
        assert.equal(await hearing(wire, sender, old), false, "the group that it did not see came back");
      }
    },
  },
  {
    name: "13.2.3 with no token, and none had reached it, a known connection has its membership",
    async run(bench) {
      const sender = await bench.open();
      for (const transport of TRANSPORTS) {
        const group = word("group");
        const wire = await bench.open({ transport });
        const early = wire.streams[0].responses[0].C;
        await wire.call("Join", group);
        wire.cut();
        // What a client sends that lost the link before the first G.
        const stream = await wire.reconnect({ cursor: early, without: ["groupsToken"] });
        await until("a new token", () => stream.responses.some((response) => response.G));
        if (transport === "longPolling") await wire.pollFrom(stream);
        assert.equal(await hearing(wire, sender, group), true);
      }
    },
  },
  {
    name: "13.2.4 a connection that ended gets the token's groups, less the removals; an end is no removal",
    async run(bench) {
      const sender = await bench.open();
      for (const transport of TRANSPORTS) {
        const [kept, left] = [word("kept"), word("left")];
        const wire = await member(bench, { transport }, kept);
        await wire.call("Join", left);
        const both = await wire.tokenAfter(1);
        await wire.call("Leave", left);
        await wire.tokenAfter(2);
        await wire.abort();
        await bench.events.are(wire.id, ["connected conformance", "disconnected conformance stop"]);
        wire.tokenToSend = both;
        await comeBack(wire);
        assert.equal(await hearing(wire, sender, kept), true);
        assert.equal(await hearing(wire, sender, left), false);
        await bench.events.are(wire.id, ["connected conformance", "disconnected conformance stop", "reconnected conformance"]);
      }
    },
  },
  {
    name: "13.2.5 hubs that a request does not list keep their membership",
    async run(bench) {
      const sender = await bench.open();
      for (const transport of TRANSPORTS) {
        const group = word("group");
        const wire = await member(bench, { transport, hubs: ["conformance", "second"] }, group);
        await settle(wire, sender);
        wire.hubs = ["second"];
        await comeBack(wire);
        const [unheard, last] = [word("unheard"), word("last")];
        await sender.call("Group", group, unheard);
        await sender.invoke({ H: "second", M: "SayAll", A: [last] });
        await until("a word of the other hub", () => wire.heard("hear").includes(last));
        wire.hubs = ["conformance", "second"];
        await comeBack(wire);
        assert.equal(await hearing(wire, sender, group), true);
        assert.ok(!wire.heard().includes(unheard));
      }
    },
  },
  {
    name: "13.2.6 a cursor is good after the disconnected event too",
    async run(bench) {
      const sender = await bench.open();
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport });
        await settle(wire, sender);
        await wire.abort();
        await bench.events.are(wire.id, ["connected conformance", "disconnected conformance stop"]);
        const missed = word("missed");
        await sender.call("All", missed);
        await wire.reconnect();
        await wire.hears(missed);
        assert.equal(wire.heard().filter((text) => text === missed).length, 1);
      }
    },
  },
  {
    name: "13.3 a large membership fits a URL by reference, and a reference that is not found is a bad token",
    slow: true,
    async run(bench) {
      const sender = await bench.open();
      const wire = await bench.open();
      const stem = word("many");
      const names = Array.from({ length: 1_000 }, (_, n) => `${stem} ${n} `.padEnd(256, "x"));
      await Promise.all(names.map((name) => wire.call("Join", name)));
      await settle(wire, sender);
      const token = wire.tokens.at(-1);
      const url = wire.target("reconnect");
      assert.ok(url.length < 2_000, `the address of a reconnect has ${url.length} characters`);
      await comeBack(wire);
      for (const name of [names[0], names[499], names[999]]) assert.equal(await hearing(wire, sender, name), true);
      const middle = Math.floor(token.length / 2);
      wire.tokenToSend = token.slice(0, middle) + (token[middle] === "A" ? "B" : "A") + token.slice(middle + 1);
      await comeBack(wire);
      assert.equal(await hearing(wire, sender, names[0]), false);
    },
  },
  {
    name: "13.3 a small membership stands in the token itself, for several hubs at once",
    async run(bench) {
      const sender = await bench.open({ mount: "/signalr-more", hubs: ["rejoining"] });
      const wire = await bench.open({ mount: "/signalr-more", hubs: ["rejoining", "greeting"] });
      await wire.hears("connected");
      const group = word("group");
      await wire.call("Join", group);
      await until("two tokens", () => wire.tokens.length >= 2);
      await comeBack(wire);
      const [one, two] = [word("one"), word("two")];
      await sender.call("Say", group, one);
      await sender.invoke({ H: "greeting", M: "Greet", A: [two] });
      await wire.hears(one);
      await wire.hears(two);
      assert.ok(wire.tokens.at(-1).length <= 1_024);
    },
  },
]);
