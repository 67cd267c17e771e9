// Sections 13.4 to 13.7: slow clients, the order of calls, names, limits. What only a program can choose (the policies
// `drop_oldest` and `wait`, renaming, an option's nearest place) has no mount here; the workspace's own tests hold it.

import assert from "node:assert/strict";

import { checklist } from "../lib/checklist.mjs";
import { request } from "../lib/http.mjs";
import { until, word } from "../lib/until.mjs";

const MORE = { mount: "/signalr-more", hubs: ["open"] };

/** A frame of an Echo with a text of so many bytes. */
const echo = (bytes, hub = "conformance") => `{"H":"${hub}","M":"Echo","A":["${"x".repeat(bytes)}"],"I":0}`;

checklist("ours: limits", [
  {
    name: "13.4 a client that stops reading is disconnected, and its cursor then means from now",
    slow: true,
    async run(bench) {
      for (const transport of ["webSockets", "serverSentEvents"]) {
        const [slow, sender] = [await bench.open({ transport }), await bench.open()];
        await bench.events.are(slow.id, ["connected conformance"]);
        const { cursor } = slow;
        slow.current.pause();
        const bulk = "x".repeat(60_000);
        // The buffers of two kernels take some of it before the server's own queue fills.
        await until("its end", async () => {
          await Promise.all(Array.from({ length: 50 }, () => sender.call("Client", slow.id, bulk)));
          return (await bench.events.of(slow.id)).some((event) => event.startsWith("disconnected"));
        }, 40_000);
        slow.cut();
        const stream = await slow.reconnect({ cursor });
        const text = word("now");
        await sender.call("Client", slow.id, text);
        await slow.hears(text);
        const heard = stream.responses.flatMap(({ M }) => M.map((message) => message.A[0]));
        assert.equal(heard.filter((one) => one === bulk).length, 0);
      }
    },
  },
  {
    name: "13.5 calls of a connection begin in the order of arrival and go on side by side",
    async run(bench) {
      const wire = await bench.open();
      const prefix = word("order");
      const slow = wire.result("Delay", 2_000, "slow");
      const texts = Array.from({ length: 60 }, (_, n) => `${prefix} ${n}`);
      await Promise.all(texts.map((text) => wire.call("Caller", text)));
      await wire.hears(texts.at(-1));
      assert.deepEqual(wire.heard().filter((text) => text.startsWith(prefix)), texts);
      const ended = await Promise.race([slow, wire.result("Echo", "quick")]);
      assert.equal(ended, "quick");
    },
  },
  {
    name: "13.6 names of groups and users have 1 to 256 bytes; another is an error",
    async run(bench) {
      const wire = await bench.open();
      const stem = word("n");
      const full = stem.padEnd(256, "x");
      // Counted in bytes: 128 letters of two bytes each.
      const wide = "ü".repeat(128);
      for (const name of [full, wide, "x"]) {
        assert.deepEqual(Object.keys(await wire.call("Join", name)), ["I"], `${Buffer.byteLength(name)} bytes`);
        const text = word("said");
        await wire.call("Group", name, text);
        await wire.hears(text);
      }
      for (const name of [`${full}x`, `${wide}x`, "x".repeat(5_000), ""]) {
        assert.ok((await wire.call("Join", name)).E, `${Buffer.byteLength(name)} bytes`);
        assert.ok((await wire.call("Leave", name)).E);
      }
      assert.ok((await wire.call("User", `${full}x`, "x")).E);
      assert.equal(await wire.result("Echo", "still here"), "still here");
    },
  },
  {
    // The recordings post forms of 300,000 characters, so the conformance server sets the limit to 512 KiB.
    name: "13.7 a POST body that is larger than the limit is refused, and the connection goes on",
    async run(bench) {
      const wire = await bench.open({ ...MORE, transport: "serverSentEvents" });
      assert.equal((await wire.send(echo(400_000, "open"))).json().R.length, 400_000);
      const large = await wire.send(echo(600_000, "open"));
      assert.ok(large.status === 413 || large.status === 400, `${large.status}`);
      assert.equal((await wire.send(echo(1, "open"))).json().R, "x");
    },
  },
  {
    name: "13.7 a WebSocket message has at most 64 KiB, and where a mount says so less",
    async run(bench) {
      const wire = await bench.open({ mount: "/signalr-tight" });
      assert.equal((await wire.result("Echo", "x".repeat(900))).length, 900);
      wire.current.say(echo(1_100));
      await until("the socket to close", () => wire.current.ended);
      assert.equal(wire.current.closeCode, 1009);
    },
  },
  {
    name: "13.7 connectionData lists at most 32 hubs",
    async run(bench) {
      const list = (count) => encodeURIComponent(JSON.stringify(Array.from({ length: count }, (_, n) => ({ name: `h${n}` }))));
      const answer = await request(bench.base, "GET", `/signalr/negotiate?connectionData=${list(33)}`);
      assert.equal(answer.status, 400);
      const unknown = await request(bench.base, "GET", `/signalr/negotiate?connectionData=${list(32)}`);
      assert.notEqual(answer.text, unknown.text, "too many hubs is a fault of its own");
    },
  },
  {
    name: "13.7 a connection is in at most 1,024 groups",
    slow: true,
    async run(bench) {
      const wire = await bench.open();
      const stem = word("many");
      const join = (n) => wire.call("Join", `${stem} ${n}`);
      const replies = await Promise.all(Array.from({ length: 1_024 }, (_, n) => join(n)));
      assert.deepEqual(replies.filter((reply) => reply.E), []);
      assert.ok((await join(1_024)).E);
      await wire.call("Leave", `${stem} 0`);
      assert.deepEqual(Object.keys(await join(1_025)), ["I"]);
    },
  },
  {
    name: "13.7 a hundred calls of a connection are under way, further ones wait unread",
    async run(bench) {
      const wire = await bench.open();
      const began = Date.now();
      const slow = Array.from({ length: 100 }, () => wire.result("Delay", 1_500, "slow"));
      assert.equal(await wire.result("Echo", "after"), "after");
      assert.ok(Date.now() - began >= 1_400, "the call after them did not wait");
      await Promise.all(slow);
    },
  },
]);
