// Checklist, "Groups and tokens": lines 40 to 50. Line 48 is among the behaviours of the JavaScript client; what 13.2
// says beyond these lines is in ours-reconnect.test.mjs.

import assert from "node:assert/strict";

import { checklist } from "../lib/checklist.mjs";
import { comeBack, hearing, member } from "../lib/membership.mjs";
import { TRANSPORTS } from "../lib/raw.mjs";
import { until, word } from "../lib/until.mjs";

const NAMES = [
  "with spaces in it", "dots.and.more", "quotes\"and'", "back\\slash", "comma,comma", "pipe|pipe", "colon:colon", "Grüße 日本 😀", "<tag>&amp;",
  "percent%20", "[\"json\"]", "__proto__", "conformance.inner", "\u2028line",
];

checklist("groups", [
  {
    name: "11.40 after an awaited add there is a G, and a send to the group right after arrives",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport });
        const [group, text] = [word("group"), word("text")];
        await wire.call("JoinAndSay", group, text);
        await wire.hears(text);
        await wire.tokenAfter(0);
        assert.equal(wire.heard().filter((one) => one === text).length, 1);
      }
    },
  },
  {
    name: "11.41 adding again or removing a stranger brings no G, removing the last one does",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const group = word("group");
        const wire = await member(bench, { transport }, group);
        const settled = async () => {
          const last = word("last");
          await wire.call("Caller", last);
          await wire.hears(last);
        };
        await wire.call("Join", group);
        await wire.call("Leave", word("never"));
        await settled();
        assert.equal(wire.tokens.length, 1);
        await wire.call("Leave", group);
        const empty = await wire.tokenAfter(1);
        assert.notEqual(empty, wire.tokens[0]);
        await wire.call("Leave", group);
        await settled();
        assert.equal(wire.tokens.length, 2);
      }
    },
  },
  {
    name: "11.42 over long polling G comes in a poll of its own, and the next poll hears the group",
    async run(bench) {
      // A mount where no other test of this file speaks to all: that would end the poll first.
      const mount = "/signalr-tight";
      const [wire, sender] = [await bench.open({ transport: "longPolling", mount, poll: false }), await bench.open({ mount })];
      const group = word("group");
      const waiting = await wire.stream("poll");
      await wire.call("Join", group);
      await waiting.done;
      const [{ C, G, M }] = waiting.responses;
      assert.ok(C && G);
      assert.deepEqual(M, []);
      await wire.pollOn();
      const text = word("text");
      await sender.call("Group", group, text);
      await wire.hears(text);
    },
  },
  {
    name: "11.43 a cut link: what was said to the group meanwhile arrives once and in order; reconnected ran, connected did not",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const group = word("group");
        const [wire, sender] = [await member(bench, { transport }, group), await bench.open()];
        wire.cut();
        const texts = Array.from({ length: 10 }, (_, n) => `${group} ${n}`);
        for (const text of texts) await sender.call("Group", group, text);
        await wire.reconnect();
        await wire.hears(texts.at(-1));
        if (transport === "longPolling") await wire.pollFrom(wire.current);
        assert.ok(await hearing(wire, sender, group), "it is no longer in the group");
        assert.deepEqual(wire.heard().filter((text) => text.startsWith(group)), texts);
        await bench.events.are(wire.id, ["connected conformance", "reconnected conformance"]);
      }
    },
  },
  {
    name: "11.44 a reconnect without its token is in no group, and hears what goes to all",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const group = word("group");
        const [wire, sender] = [await member(bench, { transport }, group), await bench.open()];
        wire.cut();
        const missed = word("missed");
        await sender.call("All", missed);
        const stream = await wire.reconnect({ without: ["groupsToken"] });
        await wire.hears(missed);
        wire.tokenToSend = null;
        if (transport === "longPolling") await wire.pollFrom(stream);
        assert.equal(await hearing(wire, sender, group), false);
      }
    },
  },
  {
    name: "11.45 a tampered or foreign token, or one of another purpose, is no error and brings no groups",
    async run(bench) {
      const group = word("group");
      const other = await member(bench, {}, group);
      for (const transport of TRANSPORTS) {
        const wire = await member(bench, { transport }, group);
        const own = wire.tokens[0];
        const middle = Math.floor(own.length / 2);
        const flipped = own.slice(0, middle) + (own[middle] === "A" ? "B" : "A") + own.slice(middle + 1);
        for (const token of ["garbage", `${own}AAAA`, own.slice(0, -4), flipped, own.toLowerCase(), other.tokens[0], wire.token]) {
          wire.tokenToSend = token;
          const stream = await comeBack(wire);
          assert.ok(!stream.refused, `${stream.status}`);
          assert.equal(await hearing(wire, other, group), false, token);
        }
        assert.equal(wire.tokens.length, 1, "a bad token was answered with a good one");
        wire.tokenToSend = own;
        await comeBack(wire);
        assert.equal(await hearing(wire, other, group), true, "the good token was not taken after all");
      }
    },
  },
  {
    name: "11.46 the rejoining stage sees the hub's own groups without prefix, and what it returns is joined",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const user = word("rejoining");
        const wire = await bench.open({ transport, user, mount: "/signalr-more", hubs: ["rejoining", "open"] });
        await wire.call("Join", "kept");
        await wire.tokenAfter(0);
        await wire.call("Join", "dropped");
        await wire.tokenAfter(1);
        const asked = () => bench.events.filter((event) => event.event === "rejoining" && event.user === user);
        const before = (await asked()).length;
        await comeBack(wire);
        const [kept, dropped, added] = [word("kept"), word("dropped"), word("added")];
        await wire.call("Say", "dropped", dropped);
        await wire.call("Say", "added", added);
        await wire.call("Say", "kept", kept);
        await wire.hears(kept);
        await wire.hears(added);
        assert.ok(!wire.heard().includes(dropped));
        const [first] = (await asked()).slice(before);
        assert.deepEqual([...first.groups].sort(), ["dropped", "kept"]);
      }
    },
  },
  {
    name: "11.46 a barred user gets no groups back",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const group = word("group");
        const [wire, sender] = [await member(bench, { transport, user: word("barred") }, group), await bench.open()];
        await comeBack(wire);
        assert.equal(await hearing(wire, sender, group), false);
      }
    },
  },
  {
    name: "11.47 groups of a hub that the reconnect does not list are not heard",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const group = word("group");
        const hubs = ["conformance", "second"];
        const [wire, sender] = [await member(bench, { transport, hubs }, group), await bench.open()];
        wire.hubs = ["second"];
        await comeBack(wire);
        const [unheard, last] = [word("unheard"), word("last")];
        await sender.call("Group", group, unheard);
        await sender.invoke({ H: "second", M: "SayAll", A: [last] });
        await until("a word of the other hub", () => wire.heard("hear").includes(last));
        assert.ok(!wire.heard().includes(unheard));
      }
    },
  },
  {
    name: "11.49 and 13.1 (4.2) add or remove for a connection that is not there is an error at once",
    async run(bench) {
      const wire = await bench.open();
      const began = Date.now();
      const group = word("group");
      assert.ok((await wire.call("AddOther", "00000000-0000-4000-8000-000000000000", group)).E);
      assert.ok((await wire.call("RemoveOther", "00000000-0000-4000-8000-000000000000", group)).E);
      assert.ok(Date.now() - began < 3_000);
    },
  },
  {
    name: "11.50 group names of every kind survive the token and the rejoin",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const prefix = word("n");
        const names = NAMES.map((name) => `${prefix} ${name}`);
        const [wire, sender] = [await bench.open({ transport }), await bench.open()];
        for (const name of names) await wire.call("Join", name);
        // The last token has come once something sent after the last add has.
        const probe = word("probe");
        await sender.call("Group", names.at(-1), probe);
        await wire.hears(probe);
        await comeBack(wire);
        for (const name of names) assert.ok(await hearing(wire, sender, name), JSON.stringify(name));
      }
    },
  },
]);
