// Signed rejoin (10.6), with the package of typescript/.

import { equal, hears, until, word } from "../lib/kit.mjs";

/** Waits for the n-th answer of `$rejoin`. */
const answered = (connection, n) => until(() => `answer ${n}; ${JSON.stringify(connection.restored)}`, () => connection.restored.length >= n);

export const rejoins = [
  {
    name: "10.6 groups come back after a cut link, before the application hears of it",
    async run(kit) {
      const user = word("ann");
      const connection = await kit.connect({ user, reconnect: true, signed: true });
      equal(connection.restored.map(({ restored, groups }) => [restored, groups]), [[false, []]]);
      const [g, h, left] = [word("g"), word("h"), word("left")];
      for (const group of [g, left, h]) await connection.invoke("Join", group);
      await connection.invoke("Leave", left);
      // A token with these groups is on its way, at most 100 ms behind.
      await new Promise((resolve) => setTimeout(resolve, 400));
      let order = [];
      connection.onrestored(() => order.push("restored"));
      connection.onreconnected(() => order.push("reconnected"));
      await kit.node("down");
      await until("the loss", () => connection.reconnecting.length);
      await kit.node("heal");
      await answered(connection, 2);
      const { restored, groups, reason } = connection.restored[1];
      equal([restored, [...groups].sort(), reason], [true, [g, h].sort(), undefined]);
      await until("the reconnect", () => order.length === 2);
      equal(order, ["restored", "reconnected"]);
      const text = word();
      await kit.node("push", "group", g, text);
      await kit.node("push", "group", left, `${text} not me`);
      await kit.node("push", "group", h, `${text} h`);
      await hears(connection, [text, `${text} h`]);
    },
  },
  {
    name: "10.6 groups come back after the server was killed and started",
    slow: true,
    restarts: true,
    async run(kit) {
      const connection = await kit.connect({ user: "ann", reconnect: true, signed: true });
      const group = word("g");
      await connection.invoke("Join", group);
      await new Promise((resolve) => setTimeout(resolve, 400));
      await kit.node("kill");
      await until("the loss", () => connection.reconnecting.length);
      await kit.node("start");
      await answered(connection, 2);
      equal([connection.restored[1].restored, connection.restored[1].groups], [true, [group]]);
      const text = word();
      await kit.node("push", "group", group, text);
      await hears(connection, [text]);
    },
  },
  {
    name: "10.6 a token is good once, and for its user",
    async run(kit) {
      const store = new kit.rejoin.MemoryTokenStore();
      const saved = [];
      const signed = { store: { load: (url) => store.load(url), save: (url, token) => (saved.push(token), store.save(url, token)) } };
      const user = word("ann");
      const first = await kit.connect({ user, signed });
      const group = word("g");
      await first.invoke("Join", group);
      await until("a token", () => saved.length >= 2);
      await first.stop();
      const token = saved.at(-1);
      const fixed = { store: { load: () => token, save: () => undefined } };
      const other = await kit.connect({ user: `${user}x`, signed: fixed });
      equal([other.restored[0].restored, other.restored[0].groups], [false, []], "another user");
      const second = await kit.connect({ user, signed: fixed });
      equal([second.restored[0].restored, second.restored[0].groups], [true, [group]], "the owner");
      const third = await kit.connect({ user, signed: fixed });
      equal([third.restored[0].restored, third.restored[0].groups], [false, []], "the second time");
    },
  },
  {
    name: "10.6 without the package a client hears nothing of it",
    async run(kit) {
      let tokens = 0;
      const connection = await kit.connect({ on: { $token: () => void (tokens += 1) } });
      await connection.invoke("Join", word("g"));
      await new Promise((resolve) => setTimeout(resolve, 300));
      equal(await connection.invoke("Echo", "x"), "x");
      equal(tokens, 0);
    },
  },
];
