// Section 13.1, row by row; the number in parentheses is the row's, that of the original's way.
// Rows with no test here: 4.2 and 4.6 are with lines 11.49 and 11.22, 5.5 is among the behaviours.

import assert from "node:assert/strict";

import { checklist } from "../lib/checklist.mjs";
import { request } from "../lib/http.mjs";
import { comeBack, hearing, member } from "../lib/membership.mjs";
import { TRANSPORTS } from "../lib/raw.mjs";
import { silence, until, word } from "../lib/until.mjs";

/** What a client did wrong: 400 with one line of text that says so. */
function ownFault(answer, what) {
  assert.equal(answer.status, 400, `${what}: ${answer.status} ${answer.text}`);
  assert.match(answer.text, /^[^\r\n]+\r?\n?$/, what);
}

checklist("ours: behaviour", [
  {
    name: "13.1 (4.5) the rejoining stage is asked once at a reconnect, not at connect and not at polls",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const user = word("asked");
        const wire = await bench.open({ transport, user, mount: "/signalr-more", hubs: ["rejoining"] });
        const asked = async () => (await bench.events.filter((event) => event.event === "rejoining" && event.user === user)).length;
        await wire.call("Join", "kept");
        await wire.tokenAfter(0);
        const talk = async () => {
          for (const text of [word("one"), word("two")]) {
            await wire.call("Say", "kept", text);
            await wire.hears(text);
          }
        };
        await talk();
        assert.equal(await asked(), 0, `${transport}, before a reconnect`);
        for (const times of [1, 2]) {
          await comeBack(wire);
          await talk();
          assert.equal(await asked(), times, `${transport}, after reconnect ${times}`);
        }
      }
    },
  },
  {
    name: "13.1 (4.4) a removal outlives the token that has the group, also past the connection's end",
    async run(bench) {
      const group = word("group");
      const sender = await bench.open();
      for (const transport of TRANSPORTS) {
        const wire = await member(bench, { transport }, group);
        const [old] = wire.tokens;
        await wire.call("Leave", group);
        await wire.tokenAfter(1);
        wire.tokenToSend = old;
        await comeBack(wire);
        assert.equal(await hearing(wire, sender, group), false, "rejoined by the old token");
        await wire.abort();
        await until("its end", async () => (await bench.events.of(wire.id)).includes("disconnected conformance stop"));
        await comeBack(wire);
        assert.equal(await hearing(wire, sender, group), false, "rejoined by the old token after its end");
      }
    },
  },
  {
    name: "13.1 (5.2) the cursor is one position: it does not grow with groups, and selectors keep one order",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const user = word("ann");
        const [wire, sender] = [await bench.open({ transport, user }), await bench.open()];
        const before = wire.cursor.length;
        const groups = Array.from({ length: 20 }, () => word("group"));
        for (const group of groups) await wire.call("Join", group);
        const prefix = word("order");
        await sender.call("Client", wire.id, `${prefix} before`);
        await wire.hears(`${prefix} before`);
        assert.ok(wire.cursor.length <= before + 8, `${before} characters became ${wire.cursor.length}`);
        wire.cut();
        const sent = [];
        for (let round = 0; round < 5; round += 1) {
          const targets = [
            ["All", []], ["Group", [groups[round]]], ["Client", [wire.id]], ["User", [user]], ["Others", []], ["Groups", [groups]],
          ];
          for (const [method, to] of targets) {
            sent.push(`${prefix} ${round} ${method}`);
            await sender.call(method, ...to, sent.at(-1));
          }
        }
        const stream = await wire.reconnect();
        if (transport === "longPolling") await wire.pollFrom(stream);
        await wire.hears(sent.at(-1));
        assert.deepEqual(wire.heard().filter((text) => text.startsWith(prefix)).slice(1), sent);
      }
    },
  },
  {
    name: "13.1 (2.1) one poll brings all that is pending, however much",
    async run(bench) {
      const [wire, sender] = [await bench.open({ transport: "longPolling" }), await bench.open()];
      wire.cut();
      const prefix = word("pending");
      const texts = Array.from({ length: 60 }, (_, n) => `${prefix} ${n}`);
      for (const text of texts) await sender.call("Client", wire.id, text);
      const poll = await wire.reconnect();
      await poll.done;
      const heard = poll.responses[0].M.map((message) => message.A[0]).filter((text) => text.startsWith(prefix));
      assert.deepEqual(heard, texts);
    },
  },
  {
    name: "13.1 (2.1) what the client may not see makes no response and ends no poll",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        // A mount of its own, where nobody else talks to all.
        const mount = "/signalr-tight";
        const wire = await bench.open({ transport, mount, poll: false });
        const sender = await bench.open({ mount });
        const stream = transport === "longPolling" ? await wire.stream("poll") : wire.current;
        const count = stream.responses.length;
        for (let n = 0; n < 5; n += 1) await sender.call("AllExcept", [wire.id], word("unseen"));
        const text = word("seen");
        await sender.call("Client", wire.id, text);
        await wire.hears(text);
        const since = stream.responses.slice(count);
        assert.ok(since.every(({ M }) => M.length > 0), JSON.stringify(since));
      }
    },
  },
  {
    name: "13.1 (5.4) a second start is answered and does nothing",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport });
        for (const method of ["GET", "POST"]) assert.equal((await wire.start({ method })).json().Response, "started");
        await wire.abort();
        await bench.events.are(wire.id, ["connected conformance", "disconnected conformance stop"]);
      }
    },
  },
  {
    name: "13.1 (5.4) a connection that never started has no events, not even an end",
    async run(bench) {
      const wires = [];
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport, start: false });
        await wire.abort();
        wires.push(wire);
      }
      const witness = await bench.open();
      await witness.abort();
      await bench.events.are(witness.id, ["connected conformance", "disconnected conformance stop"]);
      for (const wire of wires) assert.deepEqual(await bench.events.of(wire.id), []);
    },
  },
  {
    name: "13.1 (5.4) a connected event that fails ends the connection",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        // Without polling on: a poll after the end would begin a new life.
        const wire = await bench.open({ transport, mount: "/signalr-more", hubs: ["failing"], start: false, poll: false });
        const stream = transport === "longPolling" ? await wire.stream("poll") : wire.current;
        assert.equal((await wire.request("start")).status, 500);
        await until("the stream to end", () => stream.ended);
        await until("404 for a send", async () => {
          const sent = await wire.send('{"H":"failing","M":"Echo","A":["x"],"I":0}', { set: { transport: "longPolling" } });
          return sent.status === 404;
        });
      }
    },
  },
  {
    name: "13.1 (3.5) an unknown hub and nonsense on a WebSocket are answered by an error",
    async run(bench) {
      const wire = await bench.open();
      assert.ok((await wire.invoke({ H: "nosuch", M: "Echo", A: ["x"] })).E);
      assert.ok((await wire.invoke({ M: "Echo", A: ["x"], S: { k: "x".repeat(4_096) } })).E);
      assert.ok((await wire.invoke({ M: "Echo", A: "x" })).E);
      for (const text of ["nonsense", "{", "null", "[]", "5", '{"H":"conformance"}']) {
        const { replies } = wire.current;
        const count = replies.length;
        wire.current.say(text);
        await until(`an answer to ${text}`, () => replies.length > count);
        assert.ok(replies.at(-1).E, text);
        assert.equal(replies.at(-1).I, null);
      }
      assert.equal(await wire.result("Echo", "still here"), "still here");
    },
  },
  {
    name: "13.1 (1.10) the client's own faults are 400 with a line of text",
    async run(bench) {
      const { base } = bench;
      const lists = [
        '[{"name":"nosuch"}]', '[{"name":"conformance"},{"name":"CONFORMANCE"}]', "nonsense", "{", '{"name":"x"}', "[1]", "[{}]",
        '[{"name":""}]',
      ];
      for (const list of lists) {
        ownFault(await request(base, "GET", `/signalr/negotiate?connectionData=${encodeURIComponent(list)}`), list);
      }
      const wire = await bench.open({ transport: "serverSentEvents" });
      for (const text of ['{"H":"nosuch","M":"Echo","A":[],"I":0}', "nonsense", "", "{}", "null"]) ownFault(await wire.send(text), text);
      ownFault(await wire.request("send", { method: "POST", form: {} }), "no data");
    },
  },
  {
    name: "13.1 (1.10) a broken cursor of this process is 400",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport });
        const stream = await wire.stream("reconnect", { cursor: `${wire.cursor}~` });
        await until("the end of the answer", () => stream.ended || !stream.refused);
        ownFault(stream, transport);
      }
    },
  },
  {
    name: "13.1 (1.9) an abort between two polls ends the connection at once, and a send afterwards is 404",
    async run(bench) {
      const wire = await bench.open({ transport: "longPolling", poll: false });
      assert.equal((await wire.send('{"H":"conformance","M":"Echo","A":["x"],"I":0}')).status, 200);
      await wire.abort();
      await bench.events.are(wire.id, ["connected conformance", "disconnected conformance stop"], 2_000);
      const sent = await wire.send('{"H":"conformance","M":"Echo","A":["x"],"I":0}');
      assert.equal(sent.status, 404);
      await bench.events.are(wire.id, ["connected conformance", "disconnected conformance stop"]);
    },
  },
  {
    // 1011, for a failure of our own, has no hub here: a connected event that fails below protocol 1.4 closes with 1000, as
    // recorded.
    name: "13.1 (2.3) a socket closes with 1009 for a message too large and with 1003 for binary",
    async run(bench) {
      const large = await bench.open();
      large.current.say(`{"H":"conformance","M":"Echo","A":["${"x".repeat(66_000)}"],"I":0}`);
      const binary = await bench.open();
      binary.current.say(Buffer.from('{"H":"conformance","M":"Echo","A":["x"],"I":0}'), { binary: true });
      for (const [wire, code] of [[large, 1009], [binary, 1003]]) {
        await until(`close ${code}`, () => wire.current.ended);
        assert.equal(wire.current.closeCode, code);
      }
    },
  },
  {
    name: "13.1 (2.3) the peer's close code is echoed",
    async run(bench) {
      const wire = await bench.open();
      for (const code of [1000, 1001, 4000]) {
        wire.current.close(code);
        await until("the close", () => wire.current.ended);
        assert.equal(wire.current.closeCode, code);
        await wire.reconnect();
      }
      assert.equal(await wire.result("Echo", "x"), "x");
    },
  },
  {
    name: "13.1 (1.1) the mount's letter case is the router's business",
    async run({ base }) {
      assert.equal((await request(base, "GET", "/SignalR/negotiate?clientProtocol=2.1")).status, 404);
    },
  },
  {
    name: "13.1 (2.4) server-sent events say their charset",
    async run(bench) {
      const wire = await bench.open({ transport: "serverSentEvents" });
      assert.match(wire.current.type, /^text\/event-stream; *charset=utf-8$/i);
    },
  },
  {
    name: "13.1 foreverFrame is 400 and JSONP 403",
    async run(bench) {
      const wire = await bench.negotiated();
      const frame = await wire.request("connect", { set: { transport: "foreverFrame", frameId: "1" } });
      ownFault(frame, "foreverFrame");
      for (const mount of ["/signalr", "/signalr-tight", "/signalr-raw"]) {
        assert.equal((await request(bench.base, "GET", `${mount}/negotiate?callback=x`)).status, 403);
      }
      await silence("an event", 200, async () => (await bench.events.of(wire.id)).length);
    },
  },
]);
