// Lines of the checklist about the transports and about stateful reconnect, by hand.

import assert from "node:assert/strict";

import signalR from "@microsoft/signalr";

import { request } from "../../lib/http.mjs";
import { until, within } from "../../lib/until.mjs";
import { checklist } from "../lib/checklist.mjs";
import { front } from "../lib/front.mjs";

const status = async (wire, transport) => {
  try {
    await wire[transport]();
    return transport === "ws" ? 101 : (wire.answer ?? wire.first).status;
  } catch (error) {
    return error.status;
  }
};

/** Negotiated with stateful reconnect, open, with version 2. */
async function stateful(bench, options = {}) {
  const wire = bench.wire({ version: 2, ...options });
  await wire.negotiate("negotiateVersion=1&useStatefulReconnect=true");
  assert.equal(wire.negotiation.json().useStatefulReconnect, true);
  return await wire.open("ws", { negotiate: false });
}

/** What another socket of a connection is answered, once the server has noticed that the first one is gone. */
async function afterCut(bench, wire) {
  wire.socket.terminate();
  await wire.end();
  return await until("the server to notice", async () => {
    const next = bench.wire({ mount: wire.mount });
    next.token = wire.token;
    const got = await status(next, "ws");
    return got !== 409 && got;
  });
}

/** A second socket of the same connection: no handshake. */
async function resumed(bench, wire) {
  const next = bench.wire({ version: 2 });
  Object.assign(next, { token: wire.token, id: wire.id, shaken: true });
  await next.ws();
  return next;
}

checklist("checklist: transports", [
  {
    name: "7.41 7.42 an event stream answers at once, and its events are whole messages",
    async run(bench) {
      const wire = bench.wire();
      await wire.negotiate();
      await wire.sse();
      await until("the greeting", () => wire.greeted);
      assert.equal(wire.answer.status, 200);
      assert.equal(wire.answer.type, "text/event-stream");
      await wire.shake();
      const text = "line\nline\r\n  é \u001e";
      assert.equal((await wire.call("1", "Echo", text)).result, text);
    },
  },
  {
    name: "7.44 7.45 the first poll answers at once, with nothing; the others bring data or time out with 200; 204 ends",
    async run(bench) {
      const wire = await bench.open("lp", { mount: "/core-tight" });
      assert.deepEqual([wire.first.status, wire.first.text], [200, ""]);
      assert.equal((await wire.call("1", "Echo", "x")).result, "x");
      await until("an idle poll", () => wire.polls.at(-1).status === 200 && wire.polls.at(-1).text === "");
      await wire.send({ type: 1, target: "Abort", arguments: [] });
      await wire.end();
      assert.deepEqual(wire.closed, { status: 204 });
      assert.deepEqual(wire.spoken.at(-1), { type: 7 });
    },
  },
  {
    name: "7.45 a 404 answer to the client's DELETE is tolerated: stop ends without error",
    async run(bench) {
      let first;
      let stopping = false;
      const made = await front(bench.base, {
        // As when the connection has ended meanwhile: it really has, by a DELETE before the client's own.
        handle(given, respond) {
          // The Close that goes before the DELETE does not arrive: it would end the connection by itself.
          if (stopping && given.method === "POST") {
            respond(200);
            return true;
          }
          if (given.method !== "DELETE") return false;
          request(bench.base, "DELETE", given.url).then(({ status }) => {
            first = status;
            respond(404, { "Content-Type": "text/plain" }, "No Connection with that ID");
          });
          return true;
        },
      });
      bench.atEnd(() => made.close());
      const options = { transport: signalR.HttpTransportType.LongPolling };
      const connection = new signalR.HubConnectionBuilder().withUrl(`${made.url}/core`, options).configureLogging(signalR.LogLevel.None).build();
      const closed = [];
      connection.onclose((error) => closed.push(error?.message ?? null));
      await connection.start();
      const id = connection.connectionId;
      assert.equal(await connection.invoke("Echo", "x"), "x");
      stopping = true;
      await within("stop", connection.stop());
      stopping = false;
      assert.equal(first, 202);
      assert.deepEqual(made.requests.filter(({ method }) => method === "DELETE").map(({ status }) => status), [404]);
      assert.deepEqual([connection.state, closed], ["Disconnected", [null]]);
      await until("the end", async () => (await bench.events(id)).length === 2);
      assert.deepEqual(await bench.events(id), [["connected", null], ["disconnected", null]]);
      // And the client is as good as new.
      await connection.start();
      assert.equal(await connection.invoke("Echo", "y"), "y");
      await within("another stop", connection.stop());
    },
  },
  {
    name: "7.46 DELETE answers 202 at once and lets the open poll go; a second one may be 404",
    async run(bench) {
      const wire = await bench.open("lp");
      const answer = await within("the answer", request(bench.base, "DELETE", wire.target), 3000);
      assert.equal(answer.status, 202);
      await wire.end();
      await until("the end", async () => (await bench.events(wire.id)).length === 2);
      assert.deepEqual((await bench.events(wire.id))[1], ["disconnected", null]);
      assert.ok([202, 404].includes((await request(bench.base, "DELETE", wire.target)).status));
    },
  },
  {
    name: "7.47 POSTs answer 200, and their order is the order of messages",
    async run(bench) {
      for (const transport of ["sse", "lp"]) {
        const wire = await bench.open(transport);
        for (let n = 0; n < 30; n += 1) await wire.send({ type: 1, target: "Caller", arguments: [`${n}`] });
        await until("30 messages", () => wire.spoken.length === 30);
        assert.deepEqual(wire.spoken.map((message) => message.arguments[0]), Array.from({ length: 30 }, (_, n) => `${n}`));
      }
    },
  },
  {
    name: "7.48 an unknown id is 404 everywhere",
    async run(bench) {
      for (const transport of ["ws", "sse", "lp"]) {
        const wire = bench.wire();
        wire.token = "A".repeat(22);
        assert.equal(await status(wire, transport), 404, transport);
      }
      for (const method of ["POST", "DELETE"]) {
        const answer = await request(bench.base, method, `/core?id=${"A".repeat(22)}`);
        assert.deepEqual([answer.status, answer.text], [404, "No Connection with that ID"]);
      }
    },
  },
  {
    name: "7.49 a second connect on the same streaming transport is 409",
    async run(bench) {
      for (const transport of ["ws", "sse"]) {
        const wire = await bench.open(transport);
        const second = bench.wire();
        second.token = wire.token;
        assert.equal(await status(second, transport), 409, transport);
        assert.equal((await wire.call("1", "Echo", "still")).result, "still");
      }
    },
  },
  {
    name: "7.50 a blocked POST does not block the poll that frees it",
    async run(bench) {
      const wire = await bench.open("lp");
      const text = "x".repeat(20_000);
      const sent = Promise.all(Array.from({ length: 20 }, (_, n) => wire.send({ type: 1, invocationId: `${n}`, target: "Echo", arguments: [text] })));
      await within("20 answers", Promise.all([sent, ...Array.from({ length: 20 }, (_, n) => wire.completion(`${n}`))]), 30_000);
    },
  },
  {
    name: "7.55 stateful reconnect is answered only if asked for and offered",
    async run(bench) {
      const wire = await stateful(bench);
      assert.equal((await wire.call("1", "Echo", "x")).result, "x");
      // Not asked for: the version alone, which any client may send, makes no such connection of it.
      for (const query of ["negotiateVersion=1", "negotiateVersion=1&useStatefulReconnect=false"]) {
        const ordinary = bench.wire({ version: 2 });
        assert.ok(!("useStatefulReconnect" in (await ordinary.negotiate(query))), query);
        await ordinary.open("ws", { negotiate: false });
        assert.deepEqual(ordinary.handshake, {});
        assert.equal((await ordinary.call("1", "Echo", "x")).result, "x");
        assert.equal(await afterCut(bench, ordinary), 404, query);
      }
      // The one that was agreed is answered otherwise.
      assert.equal(await afterCut(bench, wire), 101);
      // Not offered: this hub ends each connection at once, so the answer is all that can be seen.
      const refused = await bench.wire({ mount: "/core-broken" }).negotiate("negotiateVersion=1&useStatefulReconnect=true");
      assert.deepEqual(Object.keys(refused).sort(), ["availableTransports", "connectionId", "connectionToken", "negotiateVersion"]);
    },
  },
  {
    name: "7.56 7.58 Sequence comes first, then what was not acknowledged, in order; duplicates of the client are dropped",
    async run(bench) {
      const wire = await stateful(bench);
      assert.equal((await wire.call("1", "Echo", "a")).result, "a");
      wire.socket.terminate();
      await wire.end();
      const next = await resumed(bench, wire);
      const sequence = await next.message("the Sequence", () => true);
      // Nothing was acknowledged, so what is repeated begins with the first message: one that leaves it out begins later.
      assert.deepEqual(sequence, { type: 9, sequenceId: 1 });
      // The client says where it begins, repeats its first message, and goes on.
      await next.send({ type: 9, sequenceId: 1 }, { type: 1, target: "Caller", arguments: ["not again"] }, { type: 1, invocationId: "2", target: "Echo", arguments: ["b"] });
      assert.equal((await next.completion("2")).result, "b");
      const spoken = next.spoken.filter(({ type }) => type < 6);
      assert.deepEqual(spoken, [{ type: 3, invocationId: "1", result: "a" }, { type: 3, invocationId: "2", result: "b" }]);
      assert.equal((await next.call("3", "ConnectionId")).result, wire.id);
      assert.deepEqual(await bench.events(wire.id), [["connected", null]]);
    },
  },
  {
    name: "7.57 counted messages are acknowledged within about a second",
    async run(bench) {
      const wire = await stateful(bench);
      await wire.call("1", "Echo", "a");
      await wire.call("2", "Echo", "b");
      const ack = await within("an Ack", wire.message("an Ack of 2", ({ type, sequenceId }) => type === 8 && sequenceId === 2), 4000);
      assert.deepEqual(ack, { type: 8, sequenceId: 2 });
    },
  },
  {
    name: "7.59 a Close is the last word: the connection is not resumed",
    async run(bench) {
      const wire = await stateful(bench);
      await wire.send({ type: 1, target: "Abort", arguments: [] });
      await wire.end();
      assert.deepEqual(wire.spoken.filter(({ type }) => type === 7), [{ type: 7 }]);
      const next = bench.wire();
      next.token = wire.token;
      assert.equal(await status(next, "ws"), 404);
    },
  },
  {
    name: "7.60 Ack and Sequence on an ordinary connection are harmless",
    async run(bench) {
      const wire = await bench.open();
      await wire.send({ type: 8, sequenceId: 5 }, { type: 9, sequenceId: 1 }, { type: 9, sequenceId: 99 });
      assert.equal((await wire.call("1", "Echo", "x")).result, "x");
    },
  },
]);
