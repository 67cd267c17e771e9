// Checklist, "Ping and proxies" and "Redirect and CORS": lines 64 to 69. Lines 66 and 68 and the rest of 64 and 65 are
// among the behaviours of the JavaScript client.

import assert from "node:assert/strict";

import { checklist } from "../lib/checklist.mjs";
import { request } from "../lib/http.mjs";

const SCRIPT = /^application\/javascript; *charset=utf-8$/i;
const FRIEND = "http://app.example";
const STRANGER = "http://evil.example";

checklist("ping, proxies, other origins", [
  {
    name: "11.64 /ping without any token is pong; for a refused hub it is 401",
    async run({ base }) {
      const answer = await request(base, "GET", "/signalr/ping?room=a");
      assert.equal(answer.status, 200);
      assert.match(answer.type, /^application\/json; *charset=utf-8$/i);
      assert.equal(answer.json().Response, "pong");
      const guarded = encodeURIComponent('[{"name":"guarded"}]');
      assert.equal((await request(base, "GET", `/signalr-more/ping?connectionData=${guarded}`)).status, 401);
    },
  },
  {
    name: "11.65 /hubs and /js are the script, with the mount's own address",
    async run({ base }) {
      const scripts = await Promise.all(["/signalr/hubs", "/signalr/js"].map((path) => request(base, "GET", path)));
      for (const script of scripts) {
        assert.equal(script.status, 200);
        assert.match(script.type, SCRIPT);
        assert.ok(script.text.includes('$.hubConnection("/signalr", { useDefaultPath: false })'));
        for (const part of ["createHubProxies", "proxies['conformance']", "proxies['second']", "renamedMethod: function"]) {
          assert.ok(script.text.includes(part), `no ${part}`);
        }
      }
      assert.equal(scripts[0].text, scripts[1].text);
      const below = await request(base, "GET", "/signalr/any/hubs");
      assert.ok(below.text.includes('$.hubConnection("/signalr/any", '));
    },
  },
  {
    name: "11.67 switched off, the script is a 200 that throws",
    async run({ base }) {
      const script = await request(base, "GET", "/signalr-tight/hubs");
      assert.equal(script.status, 200);
      assert.match(script.type, SCRIPT);
      assert.throws(() => new Function(script.text)(), { message: "SignalR: JavaScript Hub proxy generation has been disabled." });
    },
  },
  {
    name: "11.69 an allowed origin is echoed with credentials allowed, a foreign one is not",
    async run({ base }) {
      const friend = await request(base, "GET", "/signalr/negotiate?clientProtocol=2.1", { headers: { Origin: FRIEND } });
      assert.equal(friend.status, 200);
      assert.equal(friend.headers["access-control-allow-origin"], FRIEND);
      assert.equal(friend.headers["access-control-allow-credentials"], "true");
      const stranger = await request(base, "GET", "/signalr/negotiate?clientProtocol=2.1", { headers: { Origin: STRANGER } });
      assert.equal(stranger.headers["access-control-allow-origin"], undefined);
    },
  },
  {
    name: "11.69 a preflight with authorization is answered",
    async run({ base }) {
      const headers = {
        Origin: FRIEND,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
      };
      const answer = await request(base, "OPTIONS", "/signalr/send?transport=longPolling", { headers });
      assert.ok(answer.status === 200 || answer.status === 204, `${answer.status}`);
      assert.equal(answer.headers["access-control-allow-origin"], FRIEND);
      assert.equal(answer.headers["access-control-allow-credentials"], "true");
      assert.match(answer.headers["access-control-allow-headers"] ?? "", /authorization/i);
      const stranger = await request(base, "OPTIONS", "/signalr/send", { headers: { ...headers, Origin: STRANGER } });
      assert.equal(stranger.headers["access-control-allow-origin"], undefined);
    },
  },
  {
    name: "11.69 a foreign origin opens no stream and calls nothing, whatever CORS says of answers",
    async run(bench) {
      const headers = { Origin: STRANGER };
      for (const transport of ["webSockets", "serverSentEvents", "longPolling"]) {
        const wire = await bench.negotiated({ transport });
        const stream = await wire.stream("connect", { headers });
        assert.equal(stream.status, 403, transport);
        await wire.connect();
        if (transport === "longPolling") await wire.pollOn();
        await wire.start();
        const refused = await wire.send('{"H":"conformance","M":"Echo","A":["x"],"I":0}', { headers, set: { transport: "longPolling" } });
        assert.equal(refused.status, 403);
        const friend = await wire.stream("reconnect", { headers: { Origin: FRIEND } });
        assert.ok(!friend.refused);
      }
    },
  },
]);
