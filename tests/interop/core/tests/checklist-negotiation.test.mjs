// Lines 1 to 14 and 53 of the checklist: negotiation, redirects, cookies, CORS.

import assert from "node:assert/strict";

import signalR from "@microsoft/signalr";

import { request } from "../../lib/http.mjs";
import { until, within } from "../../lib/until.mjs";
import { checklist } from "../lib/checklist.mjs";
import { front } from "../lib/front.mjs";

const FORMATS = [
  { transport: "WebSockets", transferFormats: ["Text", "Binary"] },
  { transport: "ServerSentEvents", transferFormats: ["Text"] },
  { transport: "LongPolling", transferFormats: ["Text", "Binary"] },
];
const negotiate = (bench, query = "", options = {}) => request(bench.base, "POST", `/core/negotiate${query}`, options);

/** A client of the library; it is stopped with the test. */
async function client(bench, url, options = {}, reconnect) {
  let builder = new signalR.HubConnectionBuilder().withUrl(url, options).configureLogging(signalR.LogLevel.None);
  if (reconnect) builder = builder.withAutomaticReconnect([0, 50, 100, 500]);
  const connection = builder.build();
  bench.atEnd(() => connection.stop().catch(() => undefined));
  await connection.start();
  return connection;
}

/**
 * Gives refusals back as answers. The library's own HTTP clients throw them, so that the repetition of its token client is never reached
 * (10.0.11).
 */
class Forgiving extends signalR.HttpClient {
  #inner = new signalR.DefaultHttpClient(signalR.NullLogger.instance);

  async send(given) {
    try {
      return await this.#inner.send(given);
    } catch (error) {
      if (error.statusCode !== 401) throw error;
      return new signalR.HttpResponse(error.statusCode, error.message, "");
    }
  }

  getCookieString(url) {
    return this.#inner.getCookieString(url);
  }
}

async function fronted(bench, options) {
  const made = await front(bench.base, options);
  bench.atEnd(() => made.close());
  return made;
}

checklist("checklist: negotiation", [
  {
    name: "7.1 7.2 7.3 negotiate answers 200 with ids for URLs and the transports in order",
    async run(bench) {
      for (const headers of [{}, { "X-Requested-With": "XMLHttpRequest", "Content-Type": "text/plain;charset=UTF-8", Accept: "*/*" }]) {
        const answer = await negotiate(bench, "?negotiateVersion=1", { headers });
        assert.equal(answer.status, 200);
        assert.equal(answer.type, "application/json");
        const { connectionId, connectionToken, ...rest } = answer.json();
        for (const id of [connectionId, connectionToken]) assert.match(id, /^[\w-]{22}$/);
        assert.notEqual(connectionId, connectionToken);
        assert.deepEqual(rest, { negotiateVersion: 1, availableTransports: FORMATS });
      }
    },
  },
  {
    name: "7.4 without a version the id is the token",
    async run(bench) {
      const wire = bench.wire();
      const json = await wire.negotiate("");
      assert.deepEqual(Object.keys(json), ["negotiateVersion", "connectionId", "availableTransports"]);
      assert.equal(json.negotiateVersion, 0);
      await wire.open("ws", { negotiate: false });
      assert.equal((await wire.call("1", "ConnectionId")).result, json.connectionId);
    },
  },
  {
    name: "7.5 a version above 1 is answered as 1, what is no number with an error",
    async run(bench) {
      assert.equal((await negotiate(bench, "?negotiateVersion=7")).json().negotiateVersion, 1);
      for (const text of ["one", "1.5", ""]) {
        const answer = await negotiate(bench, `?negotiateVersion=${text}`);
        assert.equal(answer.status, 200);
        assert.deepEqual(answer.json(), { error: "The client requested a non-integer protocol version." });
      }
    },
  },
  {
    name: "7.6 an error of negotiate reaches the user as it is",
    async run(bench) {
      await assert.rejects(client(bench, `${bench.base}/core?negotiateVersion=x`), { message: "The client requested a non-integer protocol version." });
    },
  },
  {
    name: "7.7 a POST, a poll and a DELETE that are refused with 401 have no effect",
    async run(bench) {
      const mount = "/core-private";
      const credentials = [{}, { Authorization: "Bearer " }, { Authorization: "Basic YW5u" }, { Authorization: `Bearer ${"x".repeat(257)}` }];
      for (const headers of credentials) {
        const wire = await bench.open("lp", { mount, headers: { Authorization: "Bearer ann" } });
        const body = `${JSON.stringify({ type: 1, target: "Caller", arguments: ["refused"] })}\u001e`;
        for (const [method, options] of [["POST", { headers, body }], ["GET", { headers }], ["DELETE", { headers }]]) {
          const answer = await within("the refusal", request(bench.base, method, wire.target, options));
          assert.equal(answer.status, 401, `${method} ${JSON.stringify(headers)}`);
          // POSTs keep their order: had the refused one been taken, its word would come before this answer. And the answer needs the poll
          // that was open before: a second poll that is taken would have ended it, as a DELETE would.
          assert.equal((await wire.call(method, "Echo", method)).result, method);
          assert.deepEqual(wire.spoken.at(-1), { type: 3, invocationId: method, result: method });
          assert.equal(wire.closed, undefined, method);
        }
        assert.equal(wire.spoken.length, 3);
        assert.deepEqual(await bench.events(wire.id), [["connected", null]]);
        assert.equal((await request(bench.base, "DELETE", wire.target, { headers: wire.headers })).status, 202);
        await wire.end();
        await until("the end", async () => (await bench.events(wire.id)).length === 2);
        assert.deepEqual((await bench.events(wire.id))[1], ["disconnected", null]);
      }
    },
  },
  {
    name: "7.7 a 401 on a POST, poll or DELETE fetches another token and repeats that request once",
    async run(bench) {
      const tokens = [];
      let lose;
      let lost;
      let stopping = false;
      const made = await fronted(bench, {
        // The token of one request is lost on its way, so that it is the server that refuses it.
        handle(given, respond) {
          // The Close that goes before the DELETE does not arrive: it would end the connection by itself.
          if (stopping && given.method === "POST") {
            respond(200);
            return true;
          }
          if (!lose || given.method !== lose || given.url.includes("negotiate")) return false;
          lose = undefined;
          lost = made.requests.at(-1);
          delete given.headers.authorization;
          return false;
        },
      });
      const connection = await client(bench, `${made.url}/core-private`, {
        transport: signalR.HttpTransportType.LongPolling,
        httpClient: new Forgiving(),
        accessTokenFactory: () => {
          tokens.push("ann");
          return "ann";
        },
      });
      const id = connection.connectionId;
      const heard = [];
      connection.on("Receive", (message) => void heard.push(message));
      // What the method does is done by the repetition alone, once.
      const steps = {
        POST: async () => await connection.invoke("Caller", "POST"),
        GET: async () => {
          // The poll that is open brings the first answer, the one that is refused and repeated the second.
          await connection.invoke("Caller", "GET");
          await connection.invoke("Caller", "GET again");
        },
        DELETE: async () => {
          stopping = true;
          await connection.stop();
        },
      };
      for (const [method, step] of Object.entries(steps)) {
        const before = tokens.length;
        lose = method;
        await within(`the repetition of ${method}`, step());
        assert.equal(tokens.length, before + 1, method);
        const tries = made.requests.slice(made.requests.indexOf(lost)).filter((given) => given.method === method).slice(0, 2);
        assert.deepEqual(tries.map(({ status }) => status), [401, method === "DELETE" ? 202 : 200], method);
        assert.equal(tries[1].url, tries[0].url);
        if (method !== "DELETE") assert.equal(await connection.invoke("UserName"), "ann");
      }
      assert.equal(made.requests.filter(({ status }) => status === 401).length, 3);
      assert.deepEqual(heard, ["POST", "GET", "GET again"]);
      await until("the end", async () => (await bench.events(id)).length === 2);
      assert.deepEqual(await bench.events(id), [["connected", null], ["disconnected", null]]);
    },
  },
  {
    name: "7.9 url and accessToken of a negotiate answer are followed, the query of the url is kept, the token is on every request",
    async run(bench) {
      // Negotiate, connect, send, delete. Sockets send over themselves, and only polls need a DELETE.
      const wanted = { WebSockets: ["POST", "UPGRADE"], ServerSentEvents: ["GET", "POST"], LongPolling: ["DELETE", "GET", "POST"] };
      for (const [transport, methods] of Object.entries(wanted)) {
        let stopping = false;
        const made = await fronted(bench, {
          handle(given, respond) {
            // The Close that goes before the DELETE does not arrive: it would end the connection by itself.
            const isClose = stopping && given.method === "POST";
            if (!isClose && !given.url.startsWith("/elsewhere/negotiate")) return false;
            const elsewhere = { url: `${made.url}/core-private?from=redirect`, accessToken: "ann", availableTransports: [] };
            respond(200, { "Content-Type": "application/json" }, isClose ? "" : JSON.stringify(elsewhere));
            return true;
          },
        });
        const connection = await client(bench, `${made.url}/elsewhere`, { transport: signalR.HttpTransportType[transport] });
        assert.equal(await connection.invoke("UserName"), "ann");
        assert.equal(await connection.invoke("Query", "from"), "redirect");
        // The client keeps to itself what becomes of its DELETE, so what went over the wire is looked at.
        stopping = true;
        await within("stop", connection.stop());
        const [elsewhere, negotiation, ...others] = made.requests;
        assert.equal(elsewhere.url.split("?")[0], "/elsewhere/negotiate");
        assert.deepEqual([negotiation.method, negotiation.url.split("?")[0]], ["POST", "/core-private/negotiate"]);
        for (const { method, url, headers, status } of [negotiation, ...others]) {
          const query = new URL(url, made.url).searchParams;
          const what = `${transport} ${method} ${url}`;
          assert.equal(query.get("from"), "redirect", what);
          assert.equal(headers.authorization ?? `Bearer ${query.get("access_token")}`, "Bearer ann", what);
          if (method === "DELETE") assert.equal(status, 202, what);
        }
        assert.deepEqual([...new Set([negotiation, ...others].map(({ method }) => method))].sort(), methods, transport);
        if (transport !== "WebSockets") assert.ok(others.some(({ method }) => method === "POST"), "a send");
      }
    },
  },
  {
    name: "7.10 nothing is told that was not asked for",
    async run(bench) {
      for (const [query, told] of [["", undefined], ["?negotiateVersion=1", undefined], ["?negotiateVersion=1&useStatefulReconnect=true", true], ["?useStatefulReconnect=false", undefined]]) {
        const json = (await negotiate(bench, query)).json();
        assert.equal(json.useStatefulReconnect, told, query);
        assert.ok(!("ProtocolVersion" in json));
      }
      const refused = (await request(bench.base, "POST", "/core-broken/negotiate?negotiateVersion=1&useStatefulReconnect=true")).json();
      assert.equal(refused.useStatefulReconnect, undefined);
    },
  },
  {
    name: "7.12 the query of the hub's URL is on every request",
    async run(bench) {
      const made = await fronted(bench);
      for (const transport of ["WebSockets", "ServerSentEvents", "LongPolling"]) {
        made.requests.length = 0;
        const connection = await client(bench, `${made.url}/core?room=1`, { transport: signalR.HttpTransportType[transport] });
        assert.equal(await connection.invoke("Query", "room"), "1");
        assert.ok(made.requests.length >= 2);
        assert.deepEqual(made.requests.filter(({ url }) => !url.includes("room=1")), [], transport);
      }
    },
  },
  {
    name: "7.13 a cookie of negotiate comes back on later requests",
    async run(bench) {
      const made = await fronted(bench, {
        answer: (given, headers) => (given.url.includes("negotiate") ? { ...headers, "set-cookie": "sticky=node7; Path=/" } : headers),
      });
      for (const transport of ["WebSockets", "LongPolling"]) {
        const connection = await client(bench, `${made.url}/core`, { transport: signalR.HttpTransportType[transport] });
        assert.match(await connection.invoke("Header", "Cookie"), /sticky=node7/);
      }
    },
  },
  {
    name: "7.14 a redirect by status is followed",
    async run(bench) {
      for (const status of [307, 308]) {
        const made = await fronted(bench, {
          handle(given, respond) {
            if (!given.url.startsWith("/moved/negotiate")) return false;
            respond(status, { Location: given.url.replace("/moved", "/core") });
            return true;
          },
        });
        await assert.rejects(client(bench, `${made.url}/moved`, { transport: signalR.HttpTransportType.WebSockets }), /failed to connect|404/i);
        assert.deepEqual(made.requests.slice(0, 2).map(({ method, url }) => [method, url.split("?")[0]]), [["POST", "/moved/negotiate"], ["POST", "/core/negotiate"]]);
      }
    },
  },
  {
    name: "7.53 CORS: preflights of POST and DELETE, credentials with the exact origin",
    async run(bench) {
      const origin = "http://app.example";
      for (const [path, method] of [["/core/negotiate", "POST"], ["/core", "POST"], ["/core", "DELETE"], ["/core", "GET"]]) {
        const headers = { Origin: origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization,content-type,x-requested-with,x-signalr-user-agent" };
        const answer = await request(bench.base, "OPTIONS", path, { headers });
        assert.ok(answer.status === 200 || answer.status === 204, `${path} ${answer.status}`);
        assert.equal(answer.headers["access-control-allow-origin"], origin);
        assert.equal(answer.headers["access-control-allow-credentials"], "true");
        const allowed = (name) => (answer.headers[name] ?? "").toLowerCase().split(/,\s*/);
        for (const name of ["authorization", "content-type", "x-requested-with", "x-signalr-user-agent"]) {
          assert.ok(allowed("access-control-allow-headers").includes(name), name);
        }
        if (method === "DELETE") assert.ok(allowed("access-control-allow-methods").includes("delete"));
      }
      const answer = await negotiate(bench, "?negotiateVersion=1", { headers: { Origin: origin } });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers["access-control-allow-origin"], origin);
    },
  },
]);
