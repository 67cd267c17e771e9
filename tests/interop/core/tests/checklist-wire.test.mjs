// Lines of the checklist about bytes: handshake, framing, messages, liveness, MessagePack.

import assert from "node:assert/strict";

import { until } from "../../lib/until.mjs";
import { checklist } from "../lib/checklist.mjs";
import { RS, frame } from "../lib/wire.mjs";

const TRANSPORTS = ["ws", "sse", "lp"];

checklist("checklist: the wire", [
  {
    name: "7.15 the answer to the handshake is {} and whole, and what was sent behind the request is answered",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open(transport, { handshake: false });
        await wire.raw(`{"protocol":"json","version":1}${RS}{"type":1,"invocationId":"1","target":"Echo","arguments":["at once"]}${RS}`);
        await until("the answer", () => wire.deliveries.length);
        const text = wire.deliveries[0].data.toString();
        assert.ok(text === `{}${RS}` || (text.startsWith(`{}${RS}{`) && text.endsWith(RS)), text);
        await until("the completion", () => Buffer.concat(wire.deliveries.map(({ data }) => data)).includes('"result":"at once"'));
      }
    },
  },
  {
    name: "7.16 7.39 messagepack: binary frames, the answer to the handshake too; incoming opcodes do not matter",
    async run(bench) {
      const wire = await bench.open("ws", { protocol: "messagepack", handshake: false });
      // As a text frame, as one of the Python clients does.
      wire.socket.send(`{"protocol":"messagepack","version":1}${RS}`, { binary: false });
      await until("the answer", () => wire.deliveries.length);
      assert.deepEqual(wire.deliveries[0], { data: Buffer.from(`{}${RS}`), binary: true });
      wire.socket.send(frame([1, {}, "1", "Echo", ["é"], []]), { binary: true });
      await until("the completion", () => wire.deliveries.some(({ data }) => data.includes("é")));
      assert.ok(wire.deliveries.every(({ binary }) => binary));

      const json = await bench.open("ws");
      json.socket.send(Buffer.from(`{"type":1,"invocationId":"1","target":"Echo","arguments":["x"]}${RS}`), { binary: true });
      assert.equal((await json.completion("1")).result, "x");
      assert.ok(json.deliveries.every(({ binary }) => !binary));
    },
  },
  {
    name: "7.17 a handshake error is the answer, and the end",
    async run(bench) {
      for (const [request, error] of [
        ['{"protocol":"xml","version":1}', "The protocol 'xml' is not supported."],
        ['{"protocol":"json","version":9}', "The server does not support version 9 of the 'json' protocol."],
        ["nonsense", "An unexpected error occurred during connection handshake."],
      ]) {
        const wire = await bench.open("ws", { handshake: false });
        await wire.raw(request + RS);
        await wire.end();
        assert.equal(Buffer.concat(wire.deliveries.map(({ data }) => data)).toString(), JSON.stringify({ error }) + RS);
        assert.equal(wire.closed.code, 1000);
      }
      const sse = await bench.open("sse", { handshake: false });
      await sse.raw(`{"protocol":"messagepack","version":1}${RS}`);
      await sse.end();
      assert.match(sse.deliveries[0].data.toString(), /Cannot use the 'messagepack' protocol on the current transport\./);
    },
  },
  {
    name: "7.18 handshake versions 0 to 2 are accepted",
    async run(bench) {
      for (const version of [0, 1, 2]) {
        const wire = await bench.open("ws", { version });
        assert.deepEqual(wire.handshake, {});
        assert.equal((await wire.call("1", "Echo", "x")).result, "x");
      }
    },
  },
  {
    name: "7.19 7.20 every delivery holds whole messages, several at a time, and takes several",
    async run(bench) {
      for (const [transport, protocol] of [["ws", "json"], ["ws", "messagepack"], ["sse", "json"], ["lp", "json"], ["lp", "messagepack"]]) {
        const wire = await bench.open(transport, { protocol });
        const call = (n) => (protocol === "json"
          ? { type: 1, invocationId: `${n}`, target: "Three", arguments: [`${n}`] }
          : [1, {}, `${n}`, "Three", [`${n}`], []]);
        await wire.send(...Array.from({ length: 60 }, (_, n) => call(n)));
        await wire.completion("59");
        assert.equal(wire.spoken.length, 240);
        assert.equal(wire.incomplete, 0);
        let bytes = 0;
        for (const { data } of wire.deliveries) {
          bytes += data.length;
          if (protocol === "json") assert.equal(data.at(-1), 0x1e);
        }
        assert.ok(bytes > 0);
      }
    },
  },
  {
    name: "7.20 a message may come in any pieces",
    async run(bench) {
      const wire = await bench.open("ws");
      for (const byte of Buffer.from(`{"type":1,"invocationId":"1","target":"Echo","arguments":["é"]}${RS}`)) wire.socket.send(Buffer.from([byte]));
      assert.equal((await wire.completion("1")).result, "é");
      const packed = await bench.open("ws", { protocol: "messagepack" });
      for (const byte of frame([1, {}, "1", "Echo", ["é"], []])) packed.socket.send(Buffer.from([byte]));
      assert.deepEqual(await packed.completion("1"), [3, {}, "1", 3, "é"]);
    },
  },
  {
    name: "7.22 7.23 7.31 one completion each, never with both error and result, under the client's own id",
    async run(bench) {
      const wire = await bench.open();
      const ids = ["0", "", "é\n\"", "x".repeat(300), "s1", "__proto__"];
      for (const id of ids) await wire.send({ type: 1, ...(id && { invocationId: id }), target: "Echo", arguments: ["x"] });
      await wire.send({ type: 1, invocationId: "void", target: "Nothing", arguments: [] }, { type: 1, invocationId: "bad", target: "Fail", arguments: ["x"] });
      await wire.completion("bad");
      assert.deepEqual(wire.spoken, [
        ...ids.filter(Boolean).map((invocationId) => ({ type: 3, invocationId, result: "x" })),
        { type: 3, invocationId: "void", result: null },
        { type: 3, invocationId: "bad", error: "An unexpected error occurred invoking 'Fail' on the server." },
      ]);
    },
  },
  {
    name: "7.24 without an id nothing is answered",
    async run(bench) {
      const wire = await bench.open();
      for (const [target, ...args] of [["Echo", "x"], ["NoSuchMethod"], ["Add", "x"], ["Fail", "x"], ["FailPublic", "x"], ["Counter", 1, 0]]) {
        await wire.send({ type: 1, target, arguments: args });
      }
      assert.equal((await wire.call("fence", "Echo", "x")).result, "x");
      assert.equal(wire.spoken.length, 1);
    },
  },
  {
    name: "7.26 7.27 items have an item, streams a bare completion; cancelling what is not there does no harm",
    async run(bench) {
      const wire = await bench.open();
      await wire.send({ type: 5, invocationId: "nobody" }, { type: 4, invocationId: "s", target: "Counter", arguments: [2, 0] });
      await wire.completion("s");
      assert.deepEqual(wire.spoken, [{ type: 2, invocationId: "s", item: 1 }, { type: 2, invocationId: "s", item: 2 }, { type: 3, invocationId: "s" }]);
      await wire.send({ type: 4, invocationId: "e", target: "Endless", arguments: [] });
      assert.equal((await wire.call("fence", "Echo", "x")).result, "x");
      await wire.send({ type: 5, invocationId: "e" });
      assert.deepEqual(await wire.completion("e"), { type: 3, invocationId: "e" });
    },
  },
  {
    name: "7.28 items right behind the invocation, an error in the end, and streams nobody knows",
    async run(bench) {
      const wire = await bench.open();
      await wire.send(
        { type: 2, invocationId: "unknown", item: 1 },
        { type: 3, invocationId: "unknown" },
        { type: 1, invocationId: "1", target: "Sum", arguments: [], streamIds: ["u"] },
        { type: 2, invocationId: "u", item: 40 },
        { type: 2, invocationId: "u", item: 2 },
        { type: 3, invocationId: "u" },
      );
      assert.equal((await wire.completion("1")).result, 42);
      await wire.send({ type: 1, invocationId: "2", target: "Sum", arguments: [], streamIds: ["v"] }, { type: 3, invocationId: "v", error: "mine" });
      assert.match((await wire.completion("2")).error, /HubException: mine$/);
    },
  },
  {
    name: "7.30 a question has an id, and its answer is taken once",
    async run(bench) {
      const wire = await bench.open();
      await wire.send({ type: 1, invocationId: "1", target: "Ask", arguments: ["?"] });
      const question = await wire.message("the question", (message) => message.type === 1);
      assert.deepEqual({ ...question, invocationId: "" }, { type: 1, invocationId: "", target: "Answer", arguments: ["?"] });
      await wire.send({ type: 3, invocationId: question.invocationId, result: "é" }, { type: 3, invocationId: question.invocationId, result: "again" }, { type: 3, invocationId: "unknown", result: {} });
      assert.equal((await wire.completion("1")).result, "you said é");
      assert.equal((await wire.call("fence", "Echo", "x")).result, "x");
    },
  },
  {
    name: "7.32 unknown message types are passed over (ours: upstream stalls)",
    async run(bench) {
      const json = await bench.open();
      await json.send({ type: 42, what: [1] }, { type: 0 });
      assert.equal((await json.call("1", "Echo", "x")).result, "x");
      const packed = await bench.open("ws", { protocol: "messagepack" });
      await packed.send([42, {}, "x"]);
      assert.deepEqual(await packed.call("1", "Echo", "x"), [3, {}, "1", 3, "x"]);
    },
  },
  {
    name: "7.33 pings are taken and not answered",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open(transport);
        await wire.send(...Array.from({ length: 20 }, () => ({ type: 6 })));
        assert.equal((await wire.call("1", "Echo", "x")).result, "x");
        assert.equal(wire.messages.length, 1);
      }
    },
  },
  {
    name: "7.34 the server pings once a second where that is the interval",
    async run(bench) {
      for (const transport of ["ws", "sse"]) {
        const wire = await bench.open(transport, { mount: "/core-tight" });
        await until("two pings", () => wire.messages.filter(({ type }) => type === 6).length >= 2);
        assert.equal(wire.spoken.length, 0);
      }
    },
  },
  {
    name: "7.37 7.38 after the client's Close the server closes with 1000 and without error",
    async run(bench) {
      const wire = await bench.open();
      await wire.send({ type: 7 });
      await wire.end();
      assert.deepEqual(wire.spoken, [{ type: 7 }]);
      assert.deepEqual(wire.closed, { code: 1000, reason: "" });
      await until("the end", async () => (await bench.events(wire.id)).length === 2);
      assert.deepEqual(await bench.events(wire.id), [["connected", null], ["disconnected", null]]);

      const plain = await bench.open();
      plain.socket.close(1000);
      await plain.end();
      assert.equal(plain.closed.code, 1000);
      assert.equal(plain.spoken.length, 0);
    },
  },
  {
    name: "7.62 completion kinds 1, 2 and 3 in arrays of 5, 4 and 5",
    async run(bench) {
      const wire = await bench.open("ws", { protocol: "messagepack" });
      assert.deepEqual(await wire.call("1", "Fail", "x"), [3, {}, "1", 1, "An unexpected error occurred invoking 'Fail' on the server."]);
      assert.deepEqual(await wire.call("2", "Nothing"), [3, {}, "2", 3, null]);
      assert.deepEqual(await wire.call("3", "Add", 1, 2), [3, {}, "3", 3, 3]);
      await wire.send([4, {}, "4", "Counter", [1, 0], []]);
      assert.deepEqual(await wire.completion("4"), [3, {}, "4", 2]);
      assert.deepEqual(wire.spoken.find(([type]) => type === 2), [2, {}, "4", 1]);
    },
  },
  {
    name: "7.63 Close has three elements, Ping one, and every other message its headers",
    async run(bench) {
      const wire = await bench.open("ws", { mount: "/core-tight", protocol: "messagepack" });
      await until("a ping", () => wire.messages.some(([type]) => type === 6));
      assert.deepEqual(wire.messages.find(([type]) => type === 6), [6]);
      await wire.send([1, {}, null, "Caller", ["x"], []]);
      assert.deepEqual(await wire.message("the call", ([type]) => type === 1), [1, {}, null, "Receive", ["x"], []]);
      await wire.send([7, null, false]);
      await wire.end();
      assert.deepEqual(wire.messages.at(-1), [7, null, false]);
      const faulty = await bench.open("ws", { protocol: "messagepack" });
      await faulty.raw(Buffer.from([1, 0xc0]));
      await faulty.end();
      assert.deepEqual(faulty.messages, [[7, "Connection closed with an error.", true]]);
    },
  },
]);
