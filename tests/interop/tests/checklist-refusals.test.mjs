// Checklist, "Requests that must fail cleanly": lines 20 to 24.

import assert from "node:assert/strict";

import { checklist } from "../lib/checklist.mjs";
import { request } from "../lib/http.mjs";
import { TRANSPORTS } from "../lib/raw.mjs";

const BAD_TOKEN = "The ConnectionId is in the incorrect format.";
const NO_TOKEN = "Protocol error: Missing connection token.";
const NO_TRANSPORT = "Protocol error: Unknown transport.";
const OTHER_USER = "Unrecognized user identity.  The user identity cannot change during an active SignalR connection.";

/** Each way in that a token opens. A WebSocket must be refused before it is upgraded. */
async function knock(wire, options) {
  const answers = [];
  for (const transport of TRANSPORTS) {
    wire.transport = transport;
    for (const action of ["connect", "reconnect"]) answers.push(await closed(await wire.stream(action, options)));
  }
  for (const action of ["start", "poll", "send", "abort"]) answers.push(await wire.request(action, options));
  return answers;
}

/** The whole of a refusal; a stream that was let in has no end to wait for. */
async function closed(stream) {
  if (stream.refused) await stream.done;
  return stream;
}

checklist("refusals", [
  {
    name: "11.20 a missing, garbage or foreign token is 400 with its text, on sockets before the upgrade",
    async run(bench) {
      const wire = await bench.open();
      await wire.call("Join", "a group");
      const groups = await wire.tokenAfter(0);
      const flipped = wire.token.replace(/^./, (first) => (first === "A" ? "B" : "A"));
      for (const connectionToken of ["garbage", "a.b.c", "%", flipped, wire.token.slice(0, -4), `${wire.token}AAAA`, groups]) {
        for (const answer of await knock(wire, { set: { connectionToken } })) {
          assert.equal(answer.status, 400, connectionToken);
          assert.equal(answer.text, BAD_TOKEN);
        }
      }
      for (const options of [{ without: ["connectionToken"] }, { set: { connectionToken: "" } }]) {
        for (const answer of await knock(wire, options)) {
          assert.equal(answer.status, 400);
          assert.equal(answer.text, NO_TOKEN);
        }
      }
    },
  },
  {
    name: "11.21 a missing or unknown transport is 400; its name's case does not matter",
    async run(bench) {
      const wire = await bench.negotiated();
      for (const options of [{ without: ["transport"] }, { set: { transport: "" } }, { set: { transport: "carrierPigeon" } }]) {
        for (const action of ["connect", "reconnect", "poll", "start", "send", "abort"]) {
          const answer = await wire.request(action, options);
          assert.equal(answer.status, 400, action);
          assert.equal(answer.text, NO_TRANSPORT);
        }
      }
      for (const transport of TRANSPORTS) {
        wire.transport = transport;
        for (const spelling of [transport.toUpperCase(), transport.toLowerCase()]) {
          await wire.connect({ set: { transport: spelling } });
        }
      }
    },
  },
  {
    name: "11.21 a WebSocket request that is no upgrade is 400",
    async run(bench) {
      const wire = await bench.negotiated();
      for (const action of ["connect", "reconnect", "send", "poll"]) {
        const answer = await wire.request(action);
        assert.equal(answer.status, 400, action);
        assert.equal(answer.text, "Not a valid web socket request.");
      }
    },
  },
  {
    name: "11.22 a token of one user is nobody else's: 403 with the text",
    async run(bench) {
      const wire = await bench.negotiated({ user: "ann" });
      for (const as of ["bob", "", "ann "]) {
        for (const answer of await knock(wire, { as: as === "ann " ? "annie" : as })) {
          assert.equal(answer.status, 403, `as "${as}"`);
          assert.equal(answer.text, OTHER_USER);
        }
      }
      const nobodys = await bench.negotiated();
      for (const answer of await knock(nobodys, { as: "ann" })) assert.equal(answer.status, 403);
      wire.transport = "webSockets";
      await wire.connect();
    },
  },
  {
    name: "11.22 and 13.1 (4.6) user names are compared byte for byte",
    async run(bench) {
      const wire = await bench.negotiated({ user: "ann" });
      for (const answer of await knock(wire, { as: "Ann" })) assert.equal(answer.status, 403);
    },
  },
  {
    name: "11.23 a callback is 403, on hub and raw mounts, whatever else is wrong",
    async run({ base }) {
      const actions = ["/signalr/negotiate", "/signalr/ping", "/signalr/hubs", "/signalr/connect", "/signalr-raw/negotiate", "/signalr-raw/ping"];
      for (const path of actions) {
        const answer = await request(base, "GET", `${path}?callback=x&connectionData=nonsense`);
        assert.equal(answer.status, 403, path);
        assert.equal(answer.text, "");
      }
      assert.equal((await request(base, "GET", "/signalr/ping?callback=")).status, 200);
    },
  },
  {
    name: "11.24 every other response says nosniff",
    async run(bench) {
      const answers = [];
      for (const transport of TRANSPORTS) {
        const wire = bench.wire({ transport });
        answers.push(await wire.request("negotiate"));
        await wire.negotiate();
        answers.push(await wire.connect(), await wire.start());
        if (transport !== "webSockets") answers.push(await wire.send('{"H":"conformance","M":"Echo","A":["x"],"I":0}'));
        answers.push(await wire.abort());
        answers.push(await wire.request("start", { without: ["connectionToken"] }));
        answers.push(await wire.request("start", { without: ["transport"] }));
        answers.push(await wire.request("negotiate", { hubs: ["nosuch"] }));
      }
      for (const path of ["/signalr/ping", "/signalr/hubs", "/signalr/js", "/signalr-tight/hubs", "/signalr-raw/negotiate"]) {
        answers.push(await request(bench.base, "GET", path));
      }
      answers.push(await bench.wire({ mount: "/signalr-more", hubs: ["guarded"] }).request("negotiate"));
      // A 101 has no body that could be sniffed.
      for (const answer of answers.filter(({ status }) => status !== 101)) {
        assert.equal(answer.headers["x-content-type-options"], "nosniff", `${answer.status} ${answer.text}`);
      }
    },
  },
]);
