// Checklist, "Negotiate": lines 1 to 9. Lines 4, 5 and 7 have their JavaScript halves among the behaviours.

import assert from "node:assert/strict";

import { checklist } from "../lib/checklist.mjs";
import { request } from "../lib/http.mjs";
import { until, word } from "../lib/until.mjs";

const JSON_TYPE = /^application\/json; *charset=utf-8$/i;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Below any path, doubled slashes included. */
const PLACES = ["/signalr", "/signalr/js", "/signalr/hubs", "/signalr/any/thing", "/signalr/"];

checklist("negotiate", [
  {
    name: "11.1 negotiate answers ten fields of the right types, new ids and tokens each time",
    async run({ base }) {
      const answer = await request(base, "GET", "/signalr/negotiate?clientProtocol=2.1");
      assert.equal(answer.status, 200);
      assert.match(answer.type, JSON_TYPE);
      // Seconds are written with a decimal point; JSON.parse would hide it.
      assert.match(
        answer.text,
        /^\{"Url":"\/signalr","ConnectionToken":"[^"]+","ConnectionId":"[^"]+","KeepAliveTimeout":10\.0,"DisconnectTimeout":15\.0,"ConnectionTimeout":110\.0,"TryWebSockets":true,"ProtocolVersion":"2\.0","TransportConnectTimeout":5\.0,"LongPollDelay":0\.0\}$/,
      );
      const other = (await request(base, "GET", "/signalr/negotiate?clientProtocol=2.1")).json();
      assert.match(other.ConnectionId, GUID);
      assert.notEqual(other.ConnectionId, answer.json().ConnectionId);
      assert.notEqual(other.ConnectionToken, answer.json().ConnectionToken);
    },
  },
  {
    name: "11.2 the protocol version is the client's, within 1.2 and 2.0; 1.2 when it has none",
    async run({ base }) {
      const versions = {
        "2.1": "2.0", "9.9": "2.0", "2.0": "2.0", "2.0.0": "2.0", "1.5": "1.5", "1.4": "1.4", "1.4.7": "1.4.7", "1.3": "1.3",
        "1.2": "1.2", "1.0": "1.2", "0.1": "1.2", "": "1.2", "2": "1.2", 1337: "1.2", nonsense: "1.2", "1.5.": "1.2", "%201.5%20": "1.5",
      };
      for (const [sent, expected] of Object.entries(versions)) {
        const body = (await request(base, "GET", `/signalr/negotiate?clientProtocol=${sent}`)).json();
        assert.equal(body.ProtocolVersion, expected, `for "${sent}"`);
      }
      assert.equal((await request(base, "GET", "/signalr/negotiate")).json().ProtocolVersion, "1.2");
    },
  },
  {
    name: "11.3 Url is the path as asked for, without host and without /negotiate",
    async run({ base }) {
      for (const place of [...PLACES, "/signalr-more", "/signalr-tight", "/signalr-raw"]) {
        const { Url } = (await request(base, "GET", `${place}/negotiate?clientProtocol=2.1`)).json();
        assert.equal(Url, place);
      }
    },
  },
  {
    name: "11.4 a mount without WebSockets says so, and refuses the transport",
    async run(bench) {
      const wire = await bench.negotiated({ mount: "/signalr-plain" });
      assert.equal((await wire.negotiate()).TryWebSockets, false);
      const stream = await wire.stream("connect");
      assert.equal(stream.status, 400);
      assert.equal(stream.text, "Protocol error: Unknown transport.");
    },
  },
  {
    name: "11.5 keep-alive switched off is null",
    async run({ base }) {
      const answer = await request(base, "GET", "/signalr-plain/negotiate?clientProtocol=2.1");
      assert.match(answer.text, /"KeepAliveTimeout":null/);
    },
  },
  {
    name: "11.6 unknown keys, the user's own, a stale token and cache busters do not disturb",
    async run({ base }) {
      const query = "clientProtocol=2.1&connectionToken=stale%3D&_=123&noCache=1&tid=4&room=a%26b&raw=[x]&empty=";
      const answer = await request(base, "GET", `/signalr/negotiate?${query}`);
      assert.equal(answer.status, 200);
      assert.equal(answer.json().ProtocolVersion, "2.0");
    },
  },
  {
    name: "11.7 a refused hub alone is 401 or 403, beside an allowed one it is left out",
    async run(bench) {
      const negotiate = async (hubs, user) => {
        const wire = bench.wire({ mount: "/signalr-more", hubs, user });
        return (await wire.request("negotiate")).status;
      };
      assert.equal(await negotiate(["guarded"]), 401);
      assert.equal(await negotiate(["admins"], "ann"), 403);
      assert.equal(await negotiate(["guarded"], "ann"), 200);
      assert.equal(await negotiate(["admins"], "admin-eve"), 200);
      assert.equal(await negotiate(["guarded", "open"]), 200);
      const mixed = await bench.open({ mount: "/signalr-more", hubs: ["open", "guarded"] });
      await bench.events.are(mixed.id, ["connected open"]);
    },
  },
  {
    name: "11.8 every action works below any path, in any case, and behind a doubled slash",
    async run(bench) {
      for (const at of PLACES) {
        for (const spell of [(action) => action, (action) => action.toUpperCase()]) {
          const wire = bench.wire({ transport: "longPolling" });
          const options = (action) => ({ at, path: spell(action) });
          await wire.negotiate({ at });
          await wire.connect(options("connect"));
          await wire.start(options("start"));
          const text = word("below");
          const invocation = JSON.stringify({ H: "conformance", M: "Caller", A: [text], I: 0 });
          assert.deepEqual((await wire.send(invocation, options("send"))).json(), { I: "0" });
          await wire.poll(options("poll"));
          assert.deepEqual(wire.heard(), [text]);
          const back = await wire.reconnect(options("reconnect"));
          assert.equal((await wire.request("ping", options("ping"))).json().Response, "pong");
          assert.equal((await wire.abort(options("abort"))).status, 200);
          await until("the poll to end", () => back.ended);
          await bench.events.are(wire.id, ["connected conformance", "reconnected conformance", "disconnected conformance stop"]);
        }
      }
      const none = await request(bench.base, "GET", "/signalr/negotiate/?clientProtocol=2.1");
      assert.equal(none.status, 400);
      assert.equal(none.text, "Protocol error: Unknown transport.");
    },
  },
  {
    name: "11.9 negotiate, start, abort, poll, send and ping answer to GET and POST alike",
    async run(bench) {
      for (const method of ["GET", "POST"]) {
        const wire = bench.wire({ transport: "longPolling" });
        await wire.negotiate({ method });
        await wire.connect({ method });
        await wire.start({ method });
        const text = word("method");
        const data = JSON.stringify({ H: "conformance", M: "Caller", A: [text], I: 0 });
        const sent = method === "GET" ? await wire.request("send", { set: { data } }) : await wire.send(data);
        assert.deepEqual(sent.json(), { I: "0" });
        await wire.poll({ method });
        assert.deepEqual(wire.heard(), [text]);
        assert.equal((await wire.request("ping", { method })).json().Response, "pong");
        const pending = await wire.stream("poll", { method });
        const aborted = await wire.abort({ method });
        assert.equal(aborted.status, 200);
        await until("the poll to end", () => pending.ended);
        await bench.events.are(wire.id, ["connected conformance", "disconnected conformance stop"]);
      }
    },
  },
]);
