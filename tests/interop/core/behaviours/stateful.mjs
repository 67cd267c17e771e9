// Stateful reconnect: a cut link that neither side's program notices.

import { collect, equal, hears, until, within, word } from "../lib/kit.mjs";

export const stateful = [
  {
    name: "7.55 7.56 a cut link is mended: same id, groups, nothing lost, nothing twice",
    transports: ["WebSockets"],
    async run(kit) {
      const connection = await kit.connect({ stateful: true, reconnect: true });
      const id = connection.connectionId;
      const [group, text] = [word("g"), word()];
      await connection.invoke("Join", group);
      for (let round = 0; round < 3; round += 1) {
        const call = connection.invoke("Delay", 300, `slow ${round}`);
        await kit.node("cut");
        await kit.node("push", "group", group, `${text} ${round}`);
        equal(await within("the answer", call), `slow ${round}`);
        equal(await connection.invoke("Echo", `after ${round}`), `after ${round}`);
      }
      await hears(connection, [0, 1, 2].map((round) => `${text} ${round}`), text);
      equal([connection.connectionId, connection.closed, connection.reconnecting], [id, [], []]);
      equal(await connection.invoke("ConnectionId"), id);
      await kit.sees(id, [["connected", null]]);
    },
  },
  {
    name: "7.56 a stream and an upload go on over a cut",
    transports: ["WebSockets"],
    async run(kit) {
      const connection = await kit.connect({ stateful: true });
      const counting = collect(connection.stream("Counter", 40, 20));
      const numbers = new kit.signalR.Subject();
      const sum = connection.invoke("Sum", numbers);
      for (let n = 1; n <= 20; n += 1) {
        numbers.next(n);
        if (n === 7 || n === 14) await kit.node("cut");
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
      numbers.complete();
      equal(await within("the sum", sum), 210);
      equal(await counting, [...Array.from({ length: 40 }, (_, n) => n + 1), "end"]);
    },
  },
  {
    name: "7.57 the server acknowledges, so that sends beyond the buffer go on",
    transports: ["WebSockets"],
    slow: true,
    async run(kit) {
      const connection = await kit.connect({ stateful: true });
      const text = "x".repeat(15_000);
      // 300 kB against a buffer of 100 kB: without Acks the sends would never end.
      const lane = async () => {
        for (let n = 0; n < 7; n += 1) await connection.send("Echo", text);
      };
      await within("21 sends", Promise.all([lane(), lane(), lane()]));
      equal(await connection.invoke("Echo", "done"), "done");
    },
  },
  {
    name: "7.59 a server that is gone for good is told from a cut link",
    transports: ["WebSockets"],
    slow: true,
    restarts: true,
    async run(kit) {
      const connection = await kit.connect({ stateful: true, reconnect: true });
      const id = connection.connectionId;
      await kit.node("kill");
      await until("the loss", () => connection.reconnecting.length);
      await kit.node("start");
      await until("the reconnect", () => connection.reconnected.length);
      equal(connection.connectionId === id, false, "the same id");
      equal(await connection.invoke("Echo", "again"), "again");
    },
  },
];
