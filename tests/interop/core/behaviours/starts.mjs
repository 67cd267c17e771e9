// Negotiation, the handshake, and the end that the client wants.

import { equal, failure, matches, same, until, word } from "../lib/kit.mjs";

export const starts = [
  {
    name: "7.11 the connection's id is the hub's, and another one after a new start",
    async run(kit) {
      const connection = await kit.connect();
      const first = connection.connectionId;
      matches(first, /^[\w-]{22}$/);
      equal(await connection.invoke("ConnectionId"), first);
      await connection.stop();
      await connection.start();
      equal(await connection.invoke("ConnectionId"), connection.connectionId);
      equal(connection.connectionId === first, false, "the same id");
    },
  },
  {
    name: "7.12 the query of the hub's URL arrives",
    async run(kit) {
      const connection = await kit.connect({ query: "?room=a%20b&x=%C3%A9" });
      equal(await connection.invoke("Query", "room"), "a b");
      equal(await connection.invoke("Query", "x"), "é");
      equal(await connection.invoke("Query", "none"), null);
    },
  },
  {
    name: "7.37 7.38 stop ends the connection without error on both sides",
    async run(kit) {
      const connection = await kit.connect();
      const id = connection.connectionId;
      await connection.stop();
      equal(connection.closed, [null], "closed");
      equal(connection.state, "Disconnected");
      await kit.sees(id, [["connected", null], ["disconnected", null]]);
    },
  },
  {
    name: "7.40 the token names the user",
    async run(kit) {
      const ann = await kit.connect({ user: "ann" });
      equal(await ann.invoke("UserName"), "ann");
      const nobody = await kit.connect();
      equal(await nobody.invoke("UserName"), null);
      const private_ = await kit.connect({ mount: "/core-private", user: "ann" });
      equal(await private_.invoke("UserName"), "ann");
    },
  },
  {
    name: "7.6 a refusal of negotiate surfaces with its status",
    async run(kit) {
      matches(await failure(kit.connect({ mount: "/core-private" })), /^Failed to complete negotiation with the server: Error: Unauthorized: Status code '401'/);
    },
  },
  {
    name: "7.8 a path without a hub is answered 404, and the client says so",
    async run(kit) {
      const text = await failure(kit.connect({ mount: "/nothing-here" }));
      matches(text, /Status code '404' Either this is not a SignalR endpoint or there is a proxy blocking the connection\.$/);
    },
  },
  {
    name: "7.7 the token factory is asked anew for every negotiate",
    async run(kit) {
      const users = ["ann", "bob"];
      const connection = await kit.connect({ http: { accessTokenFactory: () => users[0] } });
      equal(await connection.invoke("UserName"), "ann");
      await connection.stop();
      users.shift();
      await connection.start();
      equal(await connection.invoke("UserName"), "bob");
    },
  },
  {
    name: "7.17 a handshake error is reported with its text",
    async run(kit) {
      const connection = kit.build({
        configure: (builder) => {
          const protocol = builder.protocol ?? { ...new kit.signalR.JsonHubProtocol(), writeMessage: () => "{}\x1e", parseMessages: () => [] };
          builder.withHubProtocol({ name: "xml", version: 1, transferFormat: protocol.transferFormat, writeMessage: (m) => protocol.writeMessage(m), parseMessages: () => [] });
        },
      });
      equal(await failure(connection.start()), "Server returned handshake error: The protocol 'xml' is not supported.");
    },
  },
  {
    name: "7.36 a hub that refuses the connection closes it with its text",
    async run(kit) {
      for (const [query, text] of [["", "Connection closed with an error."], ["?public=1", "Connection closed with an error. HubException: go away"]]) {
        const connection = kit.build({ mount: "/core-broken", query, reconnect: true });
        await connection.start().catch(() => undefined);
        // Where the Close comes with the answer to the handshake, the start itself may fail.
        await until(() => `the end; closed ${connection.closed}`, () => connection.state === "Disconnected");
        if (connection.closed.length) equal(connection.closed, [`Server returned an error on close: ${text}`]);
        equal(connection.reconnecting, [], "reconnecting");
      }
    },
  },
  {
    name: "7.52 negotiation can be skipped, and the id stays null",
    transports: ["WebSockets"],
    async run(kit) {
      const connection = await kit.connect({ http: { skipNegotiation: true } });
      equal(connection.connectionId, null);
      const text = word();
      equal(await connection.invoke("Echo", text), text);
      matches(await connection.invoke("ConnectionId"), /^[\w-]{22}$/);
      equal((await kit.node("requests")).filter((line) => line.includes("negotiate")), []);
    },
  },
  {
    name: "7.51 where a transport fails the client negotiates again and takes the next",
    transports: ["WebSockets"],
    async run(kit) {
      await kit.node("refuse", "GET /core?");
      const { HttpTransportType } = kit.signalR;
      const connection = await kit.connect({ transport: HttpTransportType.WebSockets | HttpTransportType.LongPolling });
      equal(await connection.invoke("Echo", "still"), "still");
      const lines = await kit.node("requests");
      equal(lines.filter((line) => line.includes("/core/negotiate")).length, 2, "negotiations");
    },
  },
  {
    name: "7.43 a messagepack client that has no WebSocket takes long polling, not server-sent events",
    transports: ["LongPolling"],
    protocols: ["messagepack"],
    async run(kit) {
      const { HttpTransportType } = kit.signalR;
      const connection = await kit.connect({ transport: HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling });
      equal(await connection.invoke("Echo", "é"), "é");
      const gets = (await kit.node("requests")).filter((line) => line.startsWith("GET"));
      equal(gets.every((line) => line.includes("_=")), true, `polls ${gets}`);
    },
  },
  {
    name: "7.54 the library's own headers arrive",
    async run(kit) {
      const connection = await kit.connect({ http: { headers: { "x-mine": "yes" } } });
      const browserStream = kit.environment === "chromium" && kit.transport !== "LongPolling";
      if (browserStream) {
        // A browser sends none with WebSockets and event streams.
        equal(await connection.invoke("Header", "x-mine"), null);
      } else {
        equal(await connection.invoke("Header", "x-mine"), "yes");
        const agent = kit.environment === "node" ? "User-Agent" : "X-SignalR-User-Agent";
        matches(await connection.invoke("Header", agent), /Microsoft SignalR\/10\.0/);
      }
    },
  },
  {
    name: "two connections of one page are two connections",
    async run(kit) {
      const [one, other] = [await kit.connect(), await kit.connect()];
      equal(same(one.connectionId, other.connectionId), false, "the same id");
      equal(await Promise.all([one.invoke("Add", 1, 2), other.invoke("Add", 3, 4)]), [3, 7]);
    },
  },
];
