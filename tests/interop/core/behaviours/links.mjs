// Liveness, and connections that end otherwise than the client wants.

import { collect, equal, failure, matches, pause, until, within, word } from "../lib/kit.mjs";

export const links = [
  {
    name: "7.33 the client's pings are taken and never answered",
    transports: ["WebSockets", "ServerSentEvents"],
    async run(kit) {
      const connection = await kit.connect({ configure: (builder) => builder.withKeepAliveInterval(50) });
      for (let n = 0; n < 8; n += 1) {
        await pause(60);
        equal(await connection.invoke("Add", n, 1), n + 1);
      }
      equal(connection.closed, []);
    },
  },
  {
    name: "7.34 the server pings an idle connection, so that the client stays",
    transports: ["WebSockets", "ServerSentEvents"],
    slow: true,
    async run(kit) {
      // The usual figures, which a busy machine keeps: pings every 15 s, and after 30 s of silence the client would end.
      const connection = await kit.connect();
      await pause(33_000);
      equal(connection.closed, []);
      equal(await connection.invoke("Echo", "here"), "here");
    },
  },
  {
    name: "7.34 a client that falls silent is let go after the client time-out",
    transports: ["WebSockets", "ServerSentEvents"],
    slow: true,
    async run(kit) {
      const connection = await kit.connect({ mount: "/core-tight", configure: (builder) => builder.withKeepAliveInterval(60_000) });
      const id = connection.connectionId;
      await until("the end", () => connection.closed.length);
      equal(connection.closed, ["Server returned an error on close: Connection closed with an error."]);
      await kit.sees(id, [["connected", null], ["disconnected", "Client hasn't sent a message/ping within the configured ClientTimeoutInterval."]]);
    },
  },
  {
    name: "7.35 7.45 idle polls end and follow one another",
    transports: ["LongPolling"],
    slow: true,
    async run(kit) {
      const connection = await kit.connect({ mount: "/core-tight" });
      await pause(5000);
      equal(await connection.invoke("Echo", "here"), "here");
      equal(connection.closed, []);
      const polls = (await kit.node("requests")).filter((line) => line.startsWith("GET "));
      equal(polls.length >= 4 && polls.length < 12, true, `polls ${polls.length}`);
    },
  },
  {
    name: "7.36 a fault closes with allowReconnect: the client comes back if it may",
    async run(kit) {
      const connection = await kit.connect({ mount: "/core-tight", reconnect: true });
      const id = connection.connectionId;
      connection.send("Echo", "x".repeat(2000)).catch(() => undefined);
      await until("the reconnect", () => connection.reconnected.length);
      equal(connection.reconnecting, ["Server returned an error on close: Connection closed with an error."]);
      equal(connection.connectionId === id, false, "the same id");
      equal(await connection.invoke("Echo", "again"), "again");

      const plain = await kit.connect({ mount: "/core-tight" });
      plain.send("Echo", "x".repeat(2000)).catch(() => undefined);
      await until("the end", () => plain.closed.length);
      equal(plain.closed, ["Server returned an error on close: Connection closed with an error."]);
    },
  },
  {
    name: "7.36 a hub that aborts ends the connection for good",
    async run(kit) {
      const connection = await kit.connect({ reconnect: true });
      const id = connection.connectionId;
      connection.invoke("Abort").catch(() => undefined);
      await until("the end", () => connection.closed.length);
      equal([connection.closed, connection.reconnecting], [[null], []]);
      await kit.sees(id, [["connected", null], ["disconnected", null]]);
    },
  },
  {
    name: "7.11 a cut link: the client reconnects under another id",
    async run(kit) {
      const connection = await kit.connect({ reconnect: true });
      const id = connection.connectionId;
      // A browser repeats a poll that was cut by itself, so the link stays down until the client has noticed.
      await kit.node("down");
      await until("the loss", () => connection.reconnecting.length);
      await kit.node("heal");
      await until("the reconnect", () => connection.reconnected.length);
      equal(connection.reconnected[0] === id, false, "the same id");
      equal(await connection.invoke("ConnectionId"), connection.connectionId);
      const text = word();
      equal(await connection.invoke("Echo", text), text);
    },
  },
  {
    name: "7.48 a server that was killed and started is found again",
    slow: true,
    restarts: true,
    async run(kit) {
      const connection = await kit.connect({ reconnect: true });
      const id = connection.connectionId;
      await kit.node("kill");
      await until("the loss", () => connection.reconnecting.length);
      await kit.node("start");
      await until("the reconnect", () => connection.reconnected.length);
      equal(connection.connectionId === id, false, "the same id");
      equal(await connection.invoke("Echo", "again"), "again");
    },
  },
  {
    name: "calls under way fail when the connection ends",
    async run(kit) {
      const connection = await kit.connect();
      const call = failure(connection.invoke("Delay", 60_000, "never"));
      // What is sent after it is answered: the call is under way, and no request that a stop could overtake.
      equal(await collect(connection.stream("Counter", 1, 0)), [1, "end"]);
      await connection.stop();
      matches(await within("the call", call), /^Invocation canceled due to the underlying connection being closed\.$/);
    },
  },
];
