// Calls of a hub method and what comes back: results, errors, state, progress, texts of every kind.

import assert from "node:assert/strict";

import { until, word } from "../lib/until.mjs";

const TEXTS = [
  "Grüße, žluťoučký kůň",
  "日本語 עברית العربية",
  "😀 👩‍👩‍👧 𝄞",
  `<script>alert("1 & 2")</script> '`,
  "two\nlines\r\nand\ta tab",
  "\u2028 line \u2029 paragraph \u0085 next",
  "back\\slash \" quote / slash",
  "",
];

export const calls = [
  {
    name: "calls bring results, null and nothing",
    basic: true,
    async run(world) {
      const a = await world.client();
      assert.equal(await a.call("Echo", "hello"), "hello");
      assert.equal(await a.call("Add", 40, 2), 42);
      assert.equal(await a.call("ConnectionId"), a.id);
      assert.deepEqual(await a.call("EchoAny", { deep: [1, "two", null, { three: true }] }), { deep: [1, "two", null, { three: true }] });
      assert.equal((await a.settle("conformance", "Null", [])).nothing, true);
      assert.equal((await a.settle("conformance", "Nothing", [])).nothing, true);
      assert.equal(await a.call("over", 1), "one");
      assert.equal(await a.call("OVER", 1, 2), "two");
    },
  },
  {
    name: "an error meant for the caller arrives with its text and data",
    basic: true,
    async run(world) {
      const a = await world.client();
      await assert.rejects(a.call("FailPublic", "Room is full"), (error) => {
        assert.equal(error.message, "Room is full");
        assert.equal(error.source, "HubException");
        assert.deepEqual(error.data, { code: 7 });
        return true;
      });
      assert.equal(await a.call("Echo", "still here"), "still here");
    },
  },
  {
    name: "any other error arrives as a general text in the client's spelling",
    async run(world) {
      const a = await world.client();
      const general = (name) => ({ message: `There was an error invoking Hub method 'conformance.${name}'.`, source: "Exception" });
      await assert.rejects(a.call("fail", "a secret"), general("fail"));
      await assert.rejects(a.call("NoSuchMethod"), general("NoSuchMethod"));
      await assert.rejects(a.call("Add", 1), general("Add"));
      await assert.rejects(a.call("Add", "one", {}), general("Add"));
      await assert.rejects(a.call("AdminOnly"), general("AdminOnly"));
      assert.equal(await a.call("Echo", "still here"), "still here");
    },
  },
  {
    name: "a role opens what it guards",
    async run(world) {
      const a = await world.client({ user: word("admin") });
      assert.equal(await a.call("AdminOnly"), "welcome");
    },
  },
  {
    name: "state goes to the server and comes back changed",
    async run(world) {
      const a = await world.client();
      await a.setState({ name: "ann", count: 1 });
      assert.equal(await a.call("GetState", "name"), "ann");
      await a.call("SetState", "name", "bob");
      await a.hears("state set");
      assert.deepEqual(await a.state(), { name: "bob", count: 1 });
      assert.equal(await a.call("GetState", "name"), "bob");
    },
  },
  {
    name: "progress is reported in order before the result",
    async run(world) {
      const a = await world.client();
      const { result, call } = await a.settle("conformance", "Progress", [3]);
      assert.equal(result, "done");
      const values = a.log.filter((entry) => entry.what === "progress" && entry.call === call).map((entry) => entry.value);
      // On a socket, reports and result travel on one stream. Elsewhere the result has its own request and may overtake
      // the reports; the library then drops them (3.7). What it hands out is in order.
      if (world.transport === "webSockets") assert.deepEqual(values, [1, 2, 3]);
      else assert.deepEqual(values, [1, 2, 3].filter((value) => values.includes(value)));
    },
  },
  {
    name: "11.34 texts of every kind survive both ways",
    async run(world) {
      const a = await world.client();
      for (const text of TEXTS) assert.equal(await a.call("Echo", text), text);
      const prefix = word("text");
      for (const text of TEXTS) await a.call("Caller", prefix + text);
      await until("all texts", () => a.heardOf(prefix).length >= TEXTS.length);
      assert.deepEqual(a.heardOf(prefix), TEXTS.map((text) => prefix + text));
    },
  },
  {
    name: "70 messages in a row arrive once and in order",
    async run(world) {
      const a = await world.client();
      // Not awaited one by one: calls on one socket begin in the order of their frames.
      const b = await world.client({ transport: "webSockets" });
      const prefix = word("row");
      const texts = Array.from({ length: 70 }, (_, n) => `${prefix} ${n}`);
      await Promise.all(texts.map((text) => b.call("Client", a.id, text)));
      await a.hears(texts.at(-1));
      assert.deepEqual(a.heardOf(prefix), texts);
    },
  },
  {
    name: "11.33 a message that is too large costs the socket, not the connection",
    transports: ["webSockets"],
    async run(world) {
      const a = await world.client();
      const frame = '{"H":"conformance","M":"Echo","A":[""],"I":0}'.length;
      const fits = "x".repeat(65_536 - frame);
      assert.equal(await a.call("Echo", fits), fits);
      await assert.rejects(a.call("Echo", `${fits}xx`), /reconnecting/);
      await a.sees("reconnected");
      assert.equal(await a.call("Echo", "again"), "again");
      await world.events.are(a.id, ["connected conformance", "reconnected conformance"]);
    },
  },
];
