// How a connection begins and ends: negotiate, start, what makes a start fail, fallback, stop, ping.

import assert from "node:assert/strict";

import { TRANSPORTS } from "../lib/raw.mjs";
import { until, word } from "../lib/until.mjs";

/** A little more than none, as the next transport has to make do with it too. */
const ALLOWANCE_MS = 4_000;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Transports the proxy does not let through. */
const blocking = (verdict, ...transports) => (line) =>
  transports.some((transport) => line.includes(`transport=${transport}`)) ? verdict : undefined;

const tokensIn = (requests) =>
  new Set(requests.map((line) => /[?&]connectionToken=([^&\s]+)/.exec(line)?.[1]).filter(Boolean));

export const start = [
  {
    name: "negotiates, connects and starts; the connected event ran once",
    basic: true,
    async run(world) {
      const a = await world.client();
      const about = await a.about();
      assert.match(a.id, GUID);
      assert.equal(about.transport, world.transport);
      assert.equal(about.state, "connected");
      assert.deepEqual(a.states, ["connecting", "connected"]);
      await world.events.are(a.id, ["connected conformance"]);
    },
  },
  {
    name: "stop is told to the hub, once",
    basic: true,
    async run(world) {
      const a = await world.client();
      const { id } = a;
      await a.stop();
      assert.equal(a.count("disconnected"), 1);
      await world.events.are(id, ["connected conformance", "disconnected conformance stop"]);
    },
  },
  {
    name: "11.48 stop and start give a new id, no groups and no old messages",
    async run(world) {
      const [a, b] = await world.clients({}, {});
      const [group, prefix] = [word("group"), word("old")];
      await a.call("Join", group);
      const old = a.id;
      await a.stop();
      await world.events.are(old, ["connected conformance", "disconnected conformance stop"]);
      await b.call("All", `${prefix} while away`);
      await a.start(world.transport);
      assert.notEqual(a.id, old);
      await b.call("Group", group, `${prefix} group`);
      await b.call("All", `${prefix} all`);
      await a.hears(`${prefix} all`);
      assert.deepEqual(a.heardOf(prefix), [`${prefix} all`]);
    },
  },
  {
    name: "11.16 what the connected event sends arrives, and its group is joined",
    async run(world) {
      const hubs = { greeting: ["Receive"] };
      const [a, b] = await world.clients({ mount: "/signalr-more", hubs }, { mount: "/signalr-more", hubs });
      const which = { hub: "greeting" };
      await a.hears("connected", which);
      const text = word("greet");
      await b.callHub("greeting", "Greet", text);
      await a.hears(text, which);
      assert.equal(a.heard(which).filter((one) => one === "connected").length, 1);
      // The library keeps messages back until it is connected.
      const connected = a.log.findIndex((entry) => entry.what === "state" && entry.to === "connected");
      assert.ok(connected < a.log.findIndex((entry) => entry.what === "heard"), "heard before it was connected");
    },
  },
  {
    name: "11.7 a hub for others only makes the start fail",
    async run(world) {
      const more = { mount: "/signalr-more", transport: world.transport };
      const anonymous = await world.page();
      await assert.rejects(anonymous.open({ ...more, hubs: { guarded: ["Receive"] } }), { status: 401 });
      assert.equal((await anonymous.about()).state, "disconnected");
      const ann = await world.page();
      await assert.rejects(ann.open({ ...more, user: "ann", hubs: { admins: ["Receive"] } }), { status: 403 });
      const signedIn = await world.client({ ...more, user: "ann", hubs: { guarded: ["Receive"], admins: ["Receive"] } });
      assert.equal(await signedIn.callHub("guarded", "Echo", "in"), "in");
      await world.events.are(signedIn.id, ["connected guarded"]);
    },
  },
  {
    name: "11.15 a failing connected event makes the start fail, and no other transport is tried",
    async run(world) {
      const a = await world.page();
      const order = [world.transport, ...TRANSPORTS.filter((transport) => transport !== world.transport)];
      await assert.rejects(a.open({ mount: "/signalr-more", hubs: { failing: ["Receive"] }, transport: order }), /start request/);
      assert.equal((await a.about()).state, "disconnected");
      for (const other of order.slice(1)) assert.equal(a.proxy.count(`transport=${other}`), 0, `${other} was tried`);
    },
  },
  {
    name: "11.17 a blocked transport is left for the next, with one token and one connected event",
    async run(world) {
      const blocked = TRANSPORTS.slice(0, TRANSPORTS.indexOf(world.transport) + 1);
      const next = TRANSPORTS[blocked.length];
      const a = await world.page();
      a.proxy.rule = blocking("refuse", ...blocked);
      await a.create();
      if (!next) {
        await assert.rejects(a.start("auto"));
        assert.equal((await a.about()).state, "disconnected");
        return;
      }
      assert.equal((await a.start("auto")).transport, next);
      assert.equal(tokensIn(a.proxy.requests).size, 1);
      assert.equal(await a.call("Echo", "through"), "through");
      await world.events.are(a.id, ["connected conformance"]);
    },
  },
  {
    name: "11.19 a transport that delivers nothing is left for the next after 5 s and the page's own allowance",
    slow: true,
    async run(world) {
      const next = TRANSPORTS[TRANSPORTS.indexOf(world.transport) + 1];
      const a = await world.page();
      a.proxy.rule = (line) => (line.includes("/connect?") ? blocking("starve", world.transport)(line) : undefined);
      await a.create({ patience: ALLOWANCE_MS });
      const began = Date.now();
      if (next) {
        assert.equal((await a.start([world.transport, next])).transport, next);
        await world.events.are(a.id, ["connected conformance"]);
      } else {
        await assert.rejects(a.start([world.transport]));
      }
      assert.ok(Date.now() - began >= 4_900 + ALLOWANCE_MS, "it gave up too early");
    },
  },
  {
    name: "11.64 the ping is answered; refused, it ends the connection",
    async run(world) {
      const a = await world.client({ mount: "/signalr-more", hubs: { open: ["Receive"] } });
      assert.equal(await a.ping(), "pong");
      assert.equal((await a.about()).state, "connected");
      // Authorisation looks at connectionData wherever it comes, and a ping carries what the user's own query holds.
      await assert.rejects(a.ping({ connectionData: '[{"name":"guarded"}]' }), { status: 401 });
      await a.sees("disconnected");
    },
  },
  {
    name: "11.4 where WebSockets are switched off, auto takes the next without trying one",
    transports: ["serverSentEvents"],
    async run(world) {
      const a = await world.client({ mount: "/signalr-plain", transport: "auto" });
      assert.equal((await a.about()).transport, "serverSentEvents");
      assert.equal(a.proxy.count("transport=webSockets"), 0);
    },
  },
  {
    name: "11.5 with keep-alive off the client does not watch for it",
    transports: ["serverSentEvents", "longPolling"],
    async run(world) {
      const a = await world.client({ mount: "/signalr-plain" });
      assert.equal((await a.about()).monitored, false);
      const b = await world.client();
      assert.equal((await b.about()).monitored, true);
    },
  },
  {
    name: "11.65 the generated script's proxies call and hear",
    async run(world) {
      const a = await world.page();
      const hubs = { conformance: ["Receive"], second: ["hear"] };
      const { servers, url } = await a.create({ script: true, hubs });
      assert.equal(url, "/signalr");
      for (const method of ["echo", "add", "joinAndSay", "renamedMethod"]) {
        assert.ok(servers.conformance.includes(method), `no ${method} among ${servers.conformance}`);
      }
      await a.start(world.transport);
      assert.equal(await a.call("echo", "x"), "x");
      assert.equal(await a.call("renamedMethod"), "renamed");
      const [group, text] = [word("group"), word("script")];
      await a.call("joinAndSay", group, text);
      await a.hears(text);
      const told = word("second");
      await a.callHub("second", "sayAll", told);
      await a.hears(told, { hub: "second", method: "hear" });
      // 11.66: handlers in `client` are called once for each message after a new start too.
      await a.stop();
      await a.start(world.transport);
      const again = word("again");
      await a.call("caller", again);
      await a.hears(again);
      const last = word("last");
      await a.call("caller", last);
      await a.hears(last);
      assert.deepEqual(a.heardOf(again), [again]);
    },
  },
  {
    name: "11.66 off removes only the handler given",
    async run(world) {
      const a = await world.client();
      await a.on("Receive", "one");
      await a.on("receive", "two");
      const both = word("both");
      await a.call("Caller", both);
      await a.hears(both, { handler: "one" });
      await until("the second handler", () => a.heard({ method: "receive", handler: "two" }).includes(both));
      await a.off("Receive", "one");
      const left = word("left");
      await a.call("Caller", left);
      await until("the second handler", () => a.heard({ method: "receive", handler: "two" }).includes(left));
      assert.deepEqual(a.heard({ handler: "one" }), [both]);
      assert.equal(a.heard().filter((text) => text === left).length, 1);
      await a.stop();
      await a.start(world.transport);
      const again = word("again");
      await a.call("Caller", again);
      await until("the second handler", () => a.heard({ method: "receive", handler: "two" }).includes(again));
      assert.equal(a.heard({ method: "receive", handler: "two" }).filter((text) => text === again).length, 1);
    },
  },
];
