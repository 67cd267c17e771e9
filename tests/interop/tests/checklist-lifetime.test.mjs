// Checklist, "Keep-alive, loss, end": lines 51 to 63. Lines 52 and 53 have their JavaScript halves among the behaviours;
// 59 and 60 need a restart and are in restart.test.mjs.

import assert from "node:assert/strict";

import { checklist } from "../lib/checklist.mjs";
import { TRANSPORTS } from "../lib/raw.mjs";
import { until, word } from "../lib/until.mjs";

const STREAMS = ["webSockets", "serverSentEvents"];

/** How an aborted stream ends, by transport. */
const ENDS = {
  webSockets: (stream) => assert.equal(stream.closeCode, 1000),
  serverSentEvents: (stream) => assert.equal(stream.answer.complete, true),
  longPolling: (stream) => assert.match(stream.text.trim(), /^\{"C":"[^"\\]+","M":\[\]\}$/),
};

/** Keep-alives of a mount with keep-alive every 2 s, under traffic if told so. */
function keepAlive(transport, raw, { traffic = false } = {}) {
  return {
    name: `11.51 ${transport}: ${JSON.stringify(raw)} at each keep-alive${traffic ? ", under traffic too" : ""}`,
    slow: true,
    async run(bench) {
      const wire = await bench.open({ transport, mount: "/signalr-tight" });
      const stream = wire.current;
      await until("three keep-alives", async () => {
        if (traffic) await wire.call("Caller", word("traffic"));
        return stream.keepAlives.length >= 3;
      }, 15_000);
      const [first, second, third] = stream.keepAlives;
      for (const one of [first, second, third]) assert.equal(one.raw.trim() || one.raw, raw);
      for (const gap of [second.at - first.at, third.at - second.at]) assert.ok(gap > 1_500 && gap < 3_000, `${gap} ms apart`);
    },
  };
}

checklist("lifetime", [
  keepAlive("webSockets", "{}"),
  keepAlive("webSockets", "{}", { traffic: true }),
  keepAlive("serverSentEvents", "data: {}"),
  keepAlive("serverSentEvents", "data: {}", { traffic: true }),
  {
    name: "11.51 longPolling: a single space as a chunk of its own, before the body",
    slow: true,
    async run(bench) {
      const wire = await bench.open({ transport: "longPolling", poll: false });
      const poll = await wire.stream("poll");
      await until("two keep-alives", () => poll.keepAlives.length >= 2, 15_000);
      const gap = poll.keepAlives[1].at - poll.keepAlives[0].at;
      assert.ok(gap > 4_000 && gap < 6_500, `${gap} ms apart`);
      const text = word("after");
      await wire.call("Caller", text);
      await poll.done;
      assert.equal(wire.heard().filter((one) => one === text).length, 1);
    },
  },
  {
    name: "11.52 a poll with nothing to say for the connection timeout is C and M:[], with 200",
    slow: true,
    async run(bench) {
      const wire = await bench.open({ transport: "longPolling", mount: "/signalr-plain", poll: false });
      const began = Date.now();
      const poll = await wire.poll();
      const took = Date.now() - began;
      assert.equal(poll.status, 200);
      assert.match(poll.text, /^\{"C":"[^"\\]+","M":\[\]\}$/);
      assert.ok(took > 3_500 && took < 12_000, `${took} ms`);
      await bench.events.are(wire.id, ["connected conformance"]);
    },
  },
  {
    name: "11.54 /abort is 200 and empty, ends the stream, and disconnected(stop) runs once",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport });
        const stream = wire.current;
        const answer = await wire.abort();
        assert.equal(answer.status, 200);
        assert.equal(answer.text, "");
        assert.match(answer.type, /^text\/plain/);
        await until("the stream to end", () => stream.ended);
        ENDS[transport](stream);
        await bench.events.are(wire.id, ["connected conformance", "disconnected conformance stop"]);
        assert.equal((await wire.abort()).status, 200);
        assert.equal((await wire.abort({ method: "GET" })).status, 200);
        assert.equal((await bench.events.of(wire.id)).length, 2);
      }
    },
  },
  ...TRANSPORTS.map((transport) => ({
    name: `11.55 ${transport}: a lost link is disconnected(lost) once, after the disconnect timeout; 11.58 and a reconnect later is accepted`,
    slow: true,
    async run(bench) {
      const wire = await bench.open({ transport });
      await bench.events.are(wire.id, ["connected conformance"]);
      wire.cut();
      const began = Date.now();
      await bench.events.are(wire.id, ["connected conformance", "disconnected conformance lost"], 30_000);
      const took = Date.now() - began;
      // Disconnect timeout 15 s; streams get a heartbeat of 5 s on top, and the last mark may be half a beat old.
      const [least, most] = transport === "longPolling" ? [12_000, 19_500] : [17_000, 24_500];
      assert.ok(took > least && took < most, `after ${took} ms`);
      const stream = await wire.reconnect();
      if (transport === "longPolling") await wire.pollFrom(stream);
      const text = word("back");
      await wire.call("Caller", text);
      await wire.hears(text);
      await bench.events.are(wire.id, ["connected conformance", "disconnected conformance lost", "reconnected conformance"]);
    },
  })),
  {
    name: "11.56 a link that broke and came back within the window is no disconnect",
    slow: true,
    async run(bench) {
      const wires = await Promise.all(STREAMS.map((transport) => bench.open({ transport, mount: "/signalr-tight" })));
      for (const wire of wires) {
        wire.cut();
        await wire.reconnect();
      }
      // Longer than the disconnect timeout of 6 s and its margin.
      const witness = await bench.open({ mount: "/signalr-tight" });
      witness.cut();
      await bench.events.are(witness.id, ["connected conformance", "disconnected conformance lost"], 20_000);
      for (const wire of wires) assert.deepEqual(await bench.events.of(wire.id), ["connected conformance", "reconnected conformance"]);
    },
  },
  {
    name: "11.57 an abort after the link broke is disconnected(stop), promptly",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport });
        await bench.events.are(wire.id, ["connected conformance"]);
        wire.cut();
        assert.equal((await wire.abort()).status, 200);
        await bench.events.are(wire.id, ["connected conformance", "disconnected conformance stop"], 3_000);
      }
    },
  },
  {
    name: "11.61 a poll is no reconnect, a long-polling reconnect is",
    async run(bench) {
      const wire = await bench.open({ transport: "longPolling", poll: false });
      for (const action of ["poll", "reconnect"]) {
        const stream = await wire.stream(action);
        const text = word(action);
        await wire.call("Caller", text);
        await stream.done;
        const expected = action === "poll" ? ["connected conformance"] : ["connected conformance", "reconnected conformance"];
        await bench.events.are(wire.id, expected);
      }
    },
  },
  {
    name: "11.63 many pending messages arrive completely and in order",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const [wire, sender] = [await bench.open({ transport }), await bench.open()];
        wire.cut();
        const prefix = word("pending");
        const texts = Array.from({ length: 120 }, (_, n) => `${prefix} ${n}`);
        await Promise.all(texts.map((text) => sender.call("Client", wire.id, text)));
        await wire.reconnect();
        if (transport === "longPolling") await wire.pollFrom(wire.current);
        await wire.hears(texts.at(-1));
        assert.deepEqual(wire.heard().filter((text) => text.startsWith(prefix)), texts);
      }
    },
  },
]);
