// Checklist, "Invocations": lines 25 to 35.

import assert from "node:assert/strict";

import { checklist } from "../lib/checklist.mjs";
import { TRANSPORTS } from "../lib/raw.mjs";
import { until, word } from "../lib/until.mjs";

const TEXTS = ["Grüße", "日本", "😀 𝄞", "<b>&'\"</b>", "a\u2028b\u2029c\u0085d", "line\nline\r\nline", "\\ / \t"];
const LIMIT = 65_536;

const general = (hub, method) => `There was an error invoking Hub method '${hub}.${method}'.`;

/** An Echo of exactly so many bytes. */
const sized = (bytes) => {
  const empty = '{"H":"conformance","M":"Echo","A":[""],"I":0}';
  return empty.replace('""', `"${"x".repeat(bytes - empty.length)}"`);
};

/** Which top-level fields of a JSON object are null. */
const nulls = (object) => Object.keys(object).filter((key) => object[key] === null);

checklist("invocations", [
  {
    name: "11.25 R is there for a result only; I is echoed as a string, and null without one",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport });
        assert.deepEqual(await wire.invoke({ M: "Add", A: [1, 2], I: 0 }), { R: 3, I: "0" });
        assert.deepEqual(await wire.invoke({ M: "Echo", A: [""], I: "5" }), { R: "", I: "5" });
        assert.deepEqual(await wire.invoke({ M: "Null", I: 6 }), { I: "6" });
        assert.deepEqual(await wire.invoke({ M: "Nothing", I: 7 }), { I: "7" });
        assert.deepEqual(await wire.invoke({ M: "EchoAny", A: [false], I: "a b" }), { R: false, I: "a b" });
        assert.deepEqual(await wire.invoke({ M: "Nothing", A: undefined, I: 8 }), { I: "8" });
        assert.deepEqual(await wire.invoke({ M: "Nothing", A: null, I: 9 }), { I: "9" });
      }
      const wire = await bench.open({ transport: "serverSentEvents" });
      for (const text of ['{"H":"conformance","M":"Nothing","A":[]}', '{"H":"conformance","M":"Nothing","A":[],"I":null}']) {
        assert.equal((await wire.send(text)).text, '{"I":null}');
      }
    },
  },
  {
    name: "11.26 a void call over /send has a body that is JSON",
    async run(bench) {
      for (const transport of ["serverSentEvents", "longPolling"]) {
        const wire = await bench.open({ transport });
        const answer = await wire.send('{"H":"conformance","M":"Nothing","A":[],"I":0}');
        assert.equal(answer.text, '{"I":"0"}');
        assert.match(answer.type, /^application\/json; *charset=utf-8$/i);
      }
    },
  },
  {
    name: "11.27 hub and method names in any case; a hub that is not listed can be called",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport });
        assert.equal((await wire.invoke({ H: "CONFORMANCE", M: "eCHO", A: ["x"] })).R, "x");
        assert.equal((await wire.invoke({ H: "Second", M: "ECHO", A: ["y"] })).R, "y");
      }
    },
  },
  {
    name: "11.28 a wrong argument count or an unknown method is an error response, and the connection stays usable",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport });
        const detailed = await bench.open({ transport, mount: "/signalr-detailed" });
        for (const [method, args] of [["NoSuch", []], ["Echo", []], ["Echo", ["a", "b"]], ["Over", [1, 2, 3]], ["Add", ["x", 1]]]) {
          assert.equal((await wire.call(method, ...args)).E, general("conformance", method));
        }
        const unknown = "'NoSuch' method could not be resolved. No method found with that name.";
        assert.equal((await detailed.call("NoSuch")).E, unknown);
        assert.match((await detailed.call("Echo")).E, /^'Echo' method could not be resolved\. Potential candidates are: \necho\(/i);
        assert.match((await detailed.call("AdminOnly")).E, /^Caller is not authorized to invoke the adminOnly method on conformance\.$/i);
        assert.equal(await wire.result("Echo", "still here"), "still here");
        assert.equal(await detailed.result("Echo", "still here"), "still here");
      }
    },
  },
  {
    name: "11.29 an exception is a general text in the client's spelling, a HubException its own with data; none is empty",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport });
        assert.deepEqual(await wire.invoke({ H: "CONFORMANCE", M: "fAIL", A: ["secret"], I: 1 }), { I: "1", E: general("CONFORMANCE", "fAIL") });
        assert.deepEqual(await wire.invoke({ M: "FailPublic", A: ["full"], I: 2 }), { I: "2", H: true, E: "full", D: { code: 7 } });
        assert.ok((await wire.call("FailPublic", "")).E, "an empty text would be taken for success");
        const detailed = await bench.open({ transport, mount: "/signalr-detailed" });
        assert.deepEqual(await detailed.invoke({ M: "Fail", A: ["secret"], I: 3 }), { I: "3", E: "secret" });
        const open = await bench.open({ transport, mount: "/signalr-more", hubs: ["open"] });
        assert.deepEqual(await open.invoke({ M: "PublicWithoutData", A: ["told"], I: 4 }), { I: "4", H: true, E: "told" });
      }
    },
  },
  {
    name: "11.30 a changed key is in S of the response and of later Caller calls, an unchanged one is not; 4097 characters are an error",
    async run(bench) {
      const wire = await bench.open();
      const set = (state, key, value) => wire.invoke({ M: "SetState", A: [key, value], S: state });
      assert.deepEqual((await set({ name: "ann" }, "name", "bob")).S, { name: "bob" });
      await until("the call to the caller", () => wire.messages.length === 1);
      assert.deepEqual(wire.messages[0].S, { name: "bob" });
      assert.ok(!("S" in (await set({ name: "bob" }, "name", "bob"))));
      await until("the call to the caller", () => wire.messages.length === 2);
      assert.ok(!("S" in wire.messages[1]));
      assert.deepEqual((await set({ Name: "ann" }, "name", "ann")).S, { name: "ann" });
      assert.equal((await wire.invoke({ M: "GetState", A: ["k"], S: { k: [1, { deep: true }] } })).R[0], 1);
      const state = (length) => ({ k: "x".repeat(length - '{"k":""}'.length) });
      assert.equal((await wire.invoke({ M: "Echo", A: ["x"], S: state(4096) })).R, "x");
      assert.ok((await wire.invoke({ M: "Echo", A: ["x"], S: state(4097) })).E);
      assert.equal(await wire.result("Echo", "still here"), "still here");
    },
  },
  {
    name: "11.31 progress arrives in order with the invocation's id, and nothing else has a P",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport });
        const reply = await wire.invoke({ M: "Progress", A: [5], I: 3 });
        assert.deepEqual(reply, { R: "done", I: "3" });
        const last = word("last");
        await wire.call("Caller", last);
        await wire.hears(last);
        await until("five reports", () => wire.messages.filter((message) => "P" in message).length === 5);
        const reports = wire.messages.filter((message) => "P" in message);
        assert.deepEqual(reports, [1, 2, 3, 4, 5].map((value) => ({ I: "P|3", P: { I: "3", D: value } })));
        for (const message of wire.messages.filter((one) => one.M)) assert.ok(!("P" in message));
      }
    },
  },
  {
    name: "11.32 two slow invocations on one socket run side by side",
    async run(bench) {
      const wire = await bench.open();
      const order = [];
      const slow = wire.result("Delay", 1_500, "slow").then((tag) => order.push(tag));
      const quick = wire.result("Delay", 10, "quick").then((tag) => order.push(tag));
      await Promise.all([slow, quick]);
      assert.deepEqual(order, ["quick", "slow"]);
    },
  },
  {
    name: "11.33 64 KiB pass, one byte more closes the socket and not the connection",
    async run(bench) {
      const wire = await bench.open();
      wire.current.say(sized(LIMIT));
      await until("the reply", () => wire.current.replies.length === 1);
      const first = wire.current;
      first.say(sized(LIMIT + 1));
      await until("the socket to close", () => first.ended);
      assert.equal(first.replies.length, 1);
      await wire.reconnect();
      assert.equal(await wire.result("Echo", "again"), "again");
      await bench.events.are(wire.id, ["connected conformance", "reconnected conformance"]);
    },
  },
  {
    name: "11.34 texts of every kind survive; an event stays on one data line",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport });
        for (const text of TEXTS) {
          assert.equal(await wire.result("Echo", text), text);
          await wire.call("Caller", text);
          await wire.hears(text);
        }
        for (const event of wire.current.events ?? []) assert.match(event, /^data: [^\r\n]*\r?\n\r?\n$/);
      }
    },
  },
  {
    name: "11.35 no response or client call has a null at its top, no persistent response an I or E",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport });
        const calls = [
          ["Echo", "x"], ["Null"], ["Nothing"], ["Fail", "x"], ["FailPublic", "x"], ["Progress", 2], ["Join", "g"], ["SetState", "k", 1],
        ];
        for (const call of calls) {
          assert.deepEqual(nulls(await wire.call(...call)), [], call[0]);
        }
        const last = word("last");
        await wire.call("Caller", last);
        await wire.hears(last);
        for (const message of wire.messages) assert.deepEqual(nulls(message), []);
        for (const response of wire.streams.flatMap((stream) => stream.responses)) {
          assert.deepEqual(nulls(response), []);
          assert.ok(!("I" in response) && !("E" in response), JSON.stringify(response));
        }
      }
    },
  },
]);
