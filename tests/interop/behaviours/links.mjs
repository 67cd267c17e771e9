// What becomes of a connection whose link breaks: cut, cut under load, silent.

import assert from "node:assert/strict";

import { until, word } from "../lib/until.mjs";

const STREAMS = ["webSockets", "serverSentEvents"];

const numbered = (prefix, from, to) => Array.from({ length: to - from + 1 }, (_, n) => `${prefix} ${from + n}`);

export const links = [
  {
    name: "11.43 a cut link: back in its group, what was said meanwhile arrives once and in order",
    basic: true,
    async run(world) {
      const [a, b] = await world.clients({}, {});
      const [group, prefix] = [word("group"), word("cut")];
      await a.call("Join", group);
      await b.call("Group", group, `${prefix} 0`);
      await a.hears(`${prefix} 0`);
      a.proxy.down();
      for (const text of numbered(prefix, 1, 10)) await b.call("Group", group, text);
      assert.deepEqual(a.heardOf(prefix), [`${prefix} 0`]);
      a.proxy.heal();
      await a.sees("reconnected");
      await a.hears(`${prefix} 10`);
      await b.call("Group", group, `${prefix} 11`);
      await a.hears(`${prefix} 11`);
      assert.deepEqual(a.heardOf(prefix), numbered(prefix, 0, 11));
      assert.equal(await a.call("Echo", "works"), "works");
      await world.events.are(a.id, ["connected conformance", "reconnected conformance"]);
      const changes = a.states.filter((state) => state !== "connecting").join(" ");
      // A first attempt may meet the proxy while it is still down.
      assert.match(changes, /^connected( reconnecting connected)+$/);
      assert.equal(a.count("reconnecting"), a.count("reconnected"));
    },
  },
  {
    name: "13.3 a thousand groups of 256-byte names come back through a URL under 2 KB",
    // Over the others each of the thousand joins is a request of its own; the Rust tests take them there.
    transports: ["webSockets"],
    async run(world) {
      const [a, b] = await world.clients({}, {});
      const prefix = word("many");
      const groups = Array.from({ length: 1_000 }, (_, n) => `${prefix} ${n} `.padEnd(256, "x"));
      for (let at = 0; at < groups.length; at += 50) {
        await Promise.all(groups.slice(at, at + 50).map((group) => a.call("Join", group)));
      }
      // The token for all of them has come once the client hears what was said behind the last join.
      await b.call("Group", groups[999], `${prefix} before`);
      await a.hears(`${prefix} before`);
      const seen = a.proxy.requests.length;
      a.proxy.cut();
      await a.sees("reconnected");
      const asked = [0, 1, 499, 998, 999];
      for (const at of asked) await b.call("Group", groups[at], `${prefix} to ${at}`);
      await a.hears(`${prefix} to 999`);
      assert.deepEqual(a.heardOf(`${prefix} to`), asked.map((at) => `${prefix} to ${at}`));
      const back = a.proxy.requests.slice(seen).map((line) => line.split(" ")[1]);
      assert.ok(back.length > 0, "it came back");
      for (const url of back) assert.ok(url.length <= 2_048, `a URL of ${url.length} characters`);
      assert.ok(back.some((url) => url.includes("groupsToken=")), "with a token");
    },
  },
  {
    name: "two cuts under load lose nothing and double nothing",
    async run(world) {
      const [a, b] = await world.clients({}, {});
      const [group, prefix] = [word("group"), word("load")];
      await a.call("Join", group);
      let next = 1;
      const say = async (count) => {
        for (const text of numbered(prefix, next, next + count - 1)) await b.call("Group", group, text);
        next += count;
      };
      for (const cuts of [1, 2]) {
        await say(10);
        // Cut while messages are on their way, not at rest.
        const saying = say(15);
        a.proxy.cut();
        await saying;
        // A poll cut between two answers may be repeated by the browser without the library noticing.
        if (world.transport !== "longPolling") await a.sees("reconnected", { times: cuts });
        await a.hears(`${prefix} ${next - 1}`);
      }
      await say(10);
      await a.hears(`${prefix} 60`);
      assert.deepEqual(a.heardOf(prefix), numbered(prefix, 1, 60));
    },
  },
  {
    name: "a call cut off in the middle is told to the caller",
    transports: ["webSockets"],
    async run(world) {
      const a = await world.client();
      const pending = a.call("Delay", 20_000, "late");
      assert.equal(await a.call("Echo", "under way"), "under way");
      a.proxy.cut();
      await assert.rejects(pending, /started reconnecting/);
      await a.sees("reconnected");
      assert.equal(await a.call("Echo", "again"), "again");
    },
  },
  {
    name: "11.53 a silent link: slow, reconnecting, and restored when it is back",
    slow: true,
    transports: STREAMS,
    async run(world) {
      const [a, b] = await world.clients({}, {});
      const text = word("missed");
      a.proxy.silence();
      await b.call("All", text);
      await a.sees("connectionSlow", { patience: 20_000 });
      await a.sees("reconnecting", { patience: 20_000 });
      // Slow at two thirds of the keep-alive time-out of 10 s, lost at its end, reconnecting 2 s after that.
      assert.ok(a.when("reconnecting") - a.when("connectionSlow") >= 3_000);
      a.proxy.heal();
      await a.sees("reconnected");
      await a.hears(text);
      assert.deepEqual(a.heardOf(text), [text]);
    },
  },
  {
    name: "11.53 a link that stays silent: disconnected after the disconnect timeout",
    slow: true,
    transports: STREAMS,
    async run(world) {
      const a = await world.client({ mount: "/signalr-tight" });
      const { id } = a;
      a.proxy.silence();
      await a.sees("reconnecting", { patience: 15_000 });
      await a.sees("disconnected", { patience: 15_000 });
      const tried = a.when("disconnected") - a.when("reconnecting");
      assert.ok(tried >= 5_900, `gave up after ${tried} ms, before the disconnect timeout of 6 s`);
      assert.equal(a.states.at(-1), "disconnected");
      // It gives up without a word (2.8): the server finds out by itself once the links end.
      a.proxy.heal();
      await world.events.are(id, ["connected conformance", "disconnected conformance lost"], 20_000);
    },
  },
  {
    name: "11.53 with the default times a silent link is slow after 13 1/3 s and lost after 20 s",
    slow: true,
    transports: ["webSockets"],
    async run(world) {
      const a = await world.client({ mount: "/signalr-more", hubs: { open: ["Receive"] } });
      const began = Date.now();
      a.proxy.silence();
      await a.sees("connectionSlow", { patience: 20_000 });
      // The last keep-alive may be 10 s old already when the link falls silent, so the later mark is the sharper one.
      await a.sees("reconnecting", { patience: 20_000 });
      const lost = Date.now() - began;
      // Late timers of a busy machine are allowed for; of longer default times it would be 30 s at least.
      assert.ok(lost >= 11_500 && lost <= 29_500, `reconnecting after ${lost} ms`);
    },
  },
  {
    name: "11.52 a poll with nothing to say ends, and the client polls again as if nothing were",
    slow: true,
    transports: ["longPolling"],
    async run(world) {
      const a = await world.client({ mount: "/signalr-tight" });
      const polls = () => a.proxy.count("/poll?");
      await until("the first poll", () => polls() >= 1);
      const before = polls();
      await until("two more polls", () => polls() >= before + 2, 30_000);
      assert.deepEqual(a.states, ["connecting", "connected"]);
      const text = word("after");
      await a.call("Caller", text);
      await a.hears(text);
    },
  },
];
