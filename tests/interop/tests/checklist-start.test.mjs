// Checklist, "Transport start": lines 10 to 19. Lines 16, 17 and 19 are among the behaviours of the JavaScript client.

import assert from "node:assert/strict";

import { checklist } from "../lib/checklist.mjs";
import { TRANSPORTS } from "../lib/raw.mjs";
import { until, word } from "../lib/until.mjs";

const INIT = /^\{"C":"[^"\\]+","S":1,"M":\[\]\}$/;

checklist("start", [
  {
    name: "11.10 a WebSocket's first frame has C, S and M",
    async run(bench) {
      const wire = await bench.negotiated();
      const stream = await wire.connect();
      assert.equal(stream.status, 101);
      assert.match(stream.texts[0], INIT);
    },
  },
  {
    name: "11.11 server-sent events begin with the word initialized, then S",
    async run(bench) {
      const wire = await bench.negotiated({ transport: "serverSentEvents" });
      const stream = await wire.connect();
      assert.match(stream.type, /^text\/event-stream(; *charset=utf-8)?$/i);
      assert.match(stream.events[0], /^data: initialized\r?\n\r?\n$/);
      assert.match(stream.texts[0], INIT);
    },
  },
  {
    name: "11.12 a first poll answers S; the head of a waiting one comes before its body",
    async run(bench) {
      const wire = await bench.negotiated({ transport: "longPolling" });
      const first = await wire.connect({ form: {} });
      assert.equal(first.status, 200);
      assert.match(first.type, /^application\/json; *charset=utf-8$/i);
      assert.match(first.text.trim(), INIT);
      await wire.start();
      const waiting = await wire.stream("poll");
      assert.equal(waiting.status, 200);
      assert.equal(waiting.ended, false);
      const text = word("body");
      await wire.call("Caller", text);
      await waiting.done;
      assert.deepEqual(wire.heard(), [text]);
    },
  },
  {
    name: "11.13 from 1.4 on connected comes with /start; below, before S",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        for (const protocol of ["1.2", "1.3", "1.4", "1.5", "2.0", "2.1"]) {
          const wire = await bench.negotiated({ transport, protocol });
          await wire.connect();
          const seen = await bench.events.of(wire.id);
          if (protocol < "1.4") {
            assert.deepEqual(seen, ["connected conformance"], `${protocol} over ${transport}`);
            continue;
          }
          assert.deepEqual(seen, [], `${protocol} over ${transport}`);
          await wire.start();
          await bench.events.are(wire.id, ["connected conformance"]);
        }
      }
    },
  },
  {
    name: "11.14 /start answers started; connected ran once for each hub of connectionData",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.negotiated({ transport, hubs: ["second", "conformance"] });
        await wire.connect();
        const answer = await wire.start();
        assert.match(answer.type, /^application\/json; *charset=utf-8$/i);
        assert.equal(answer.json().Response, "started");
        await bench.events.are(wire.id, ["connected conformance", "connected second"]);
      }
      const none = await bench.open({ hubs: [] });
      assert.equal((await none.invoke({ H: "conformance", M: "Echo", A: ["x"] })).R, "x");
      assert.deepEqual(await bench.events.of(none.id), []);
    },
  },
  {
    name: "11.15 a connected event that fails makes /start a 500",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.negotiated({ transport, mount: "/signalr-more", hubs: ["failing"] });
        await wire.connect();
        const answer = await wire.request("start");
        assert.equal(answer.status, 500);
        assert.ok(!answer.text.includes("secret"), "the error's text is nobody's business");
      }
    },
  },
  {
    name: "11.16 what the connected event sends to the caller is on the stream",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport, mount: "/signalr-more", hubs: ["greeting"] });
        await wire.hears("connected");
        const text = word("greet");
        await wire.call("Greet", text);
        await wire.hears(text);
        assert.deepEqual(wire.heard(), ["connected", text]);
      }
    },
  },
  {
    name: "11.18 a second connect with the same token ends the first stream, and nobody is told",
    async run(bench) {
      for (const first of TRANSPORTS) {
        for (const second of TRANSPORTS) {
          const wire = await bench.open({ transport: first, poll: false });
          const replaced = first === "longPolling" ? await wire.stream("poll") : wire.current;
          await wire.connect({ transport: second });
          await until(`${first} to end for ${second}`, () => replaced.ended);
          if (second === "longPolling") await wire.pollOn();
          const text = word("replaced");
          await wire.call("Caller", text);
          await wire.hears(text);
          assert.deepEqual(wire.heard(), [text]);
          assert.deepEqual(await bench.events.of(wire.id), ["connected conformance"]);
        }
      }
    },
  },
]);
