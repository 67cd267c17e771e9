// Whom a message reaches.

import { equal, heard, hears, word } from "../lib/kit.mjs";

/** Three connections, of which `to(three)` are to hear what `send` says, and the others nothing but the fence. */
async function reaches(kit, send, expected) {
  const three = await Promise.all([kit.connect({ user: word("user") }), kit.connect(), kit.connect()]);
  const ids = three.map((connection) => connection.connectionId);
  const text = word();
  await send(three, ids, text);
  for (const connection of three) await connection.invoke("Caller", `fence ${text}`);
  equal(three.map((connection) => heard(connection, text)), three.map((_, at) => [...(expected.includes(at) ? [text] : []), `fence ${text}`]));
  // A browser has six links to a server, and each of these may hold one or two.
  await Promise.all(three.map((connection) => connection.stop()));
}

export const targets = [
  {
    name: "all, others, caller, and all but some",
    async run(kit) {
      await reaches(kit, ([one], _, text) => one.invoke("All", text), [0, 1, 2]);
      await reaches(kit, ([one], _, text) => one.invoke("Others", text), [1, 2]);
      await reaches(kit, ([one], _, text) => one.invoke("Caller", text), [0]);
      await reaches(kit, ([one], ids, text) => one.invoke("AllExcept", [ids[0], ids[2]], text), [1]);
    },
  },
  {
    name: "one client, several, and one that is not there",
    async run(kit) {
      await reaches(kit, ([one], ids, text) => one.invoke("Client", ids[1], text), [1]);
      await reaches(kit, ([one], ids, text) => one.invoke("Clients", [ids[1], ids[2], ids[2]], text), [1, 2]);
      await reaches(kit, ([one], _, text) => one.invoke("Client", word("nobody"), text), []);
    },
  },
  {
    name: "groups: joined, left, several at once, without some",
    async run(kit) {
      const [g, h] = [word("g"), word("h")];
      await reaches(kit, async ([one, two], _, text) => {
        await one.invoke("Join", g);
        await two.invoke("Join", g);
        await two.invoke("Leave", g);
        await one.invoke("Group", g, text);
      }, [0]);
      await reaches(kit, async ([one, two, three], ids, text) => {
        for (const connection of [one, two, three]) await connection.invoke("Join", g);
        await one.invoke("GroupExcept", g, [ids[1]], text);
      }, [0, 2]);
      await reaches(kit, async ([one, two], _, text) => {
        await one.invoke("Join", g);
        await two.invoke("Join", g);
        await one.invoke("OthersInGroup", g, text);
      }, [1]);
      // One copy for a connection, however many of the groups it is in.
      await reaches(kit, async ([one, two, three], ids, text) => {
        await one.invoke("Join", h);
        await one.invoke("AddOther", ids[1], h);
        await three.invoke("JoinAndSay", word("else"), "x");
        await one.invoke("Groups", [h, word("empty")], text);
      }, [0, 1]);
      const connection = await kit.connect();
      const text = word();
      await connection.invoke("JoinAndSay", h, text);
      await hears(connection, [text]);
    },
  },
  {
    name: "a group whose name is odd is a group",
    async run(kit) {
      for (const name of ["*", "a.b", "a|b", "A B", "\u{1f389}", "__proto__", "constructor", "x".repeat(200)]) {
        const group = `${name}${word()}`;
        await reaches(kit, async ([one, two], _, text) => {
          await two.invoke("Join", group);
          await two.invoke("Join", `${group}x`);
          await one.invoke("Group", group, text);
          await one.invoke("Group", group.slice(0, -1), text);
        }, [1]);
      }
    },
  },
  {
    name: "a user has all its connections",
    async run(kit) {
      const user = word("ann");
      const [one, two, other] = [await kit.connect({ user }), await kit.connect({ user }), await kit.connect({ user: `${user}x` })];
      const text = word();
      await other.invoke("User", user, text);
      await other.invoke("Users", [user, `${user}x`], `${text}s`);
      await hears(one, [text, `${text}s`]);
      await hears(two, [text, `${text}s`]);
      await hears(other, [`${text}s`], text);
    },
  },
  {
    name: "the server speaks from outside a hub",
    async run(kit) {
      const user = word("bob");
      const connection = await kit.connect({ user });
      const group = word("g");
      await connection.invoke("Join", group);
      const text = word();
      await kit.node("push", "client", connection.connectionId, `${text} 1`);
      await kit.node("push", "group", group, `${text} 2`);
      await kit.node("push", "user", user, `${text} 3`);
      await kit.node("push", "all", null, `${text} 4`);
      await hears(connection, [1, 2, 3, 4].map((n) => `${text} ${n}`), text);
    },
  },
];
