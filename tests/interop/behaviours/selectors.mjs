// Whom a client call reaches. Each test sends through every selector, then a last word to all, and compares the whole
// of what each client heard: nothing less, nothing more, nothing twice.

import assert from "node:assert/strict";

import { word } from "../lib/until.mjs";

/** Sends each `[method, arguments before the text, hearers]` from `sender` and compares. */
async function reach(sender, parties, table) {
  const prefix = word("to");
  const expected = Object.fromEntries(Object.keys(parties).map((name) => [name, []]));
  for (const [index, [method, before, hearers]] of table.entries()) {
    const text = `${prefix} ${index} ${method}`;
    await sender.call(method, ...before, text);
    for (const name of hearers) expected[name].push(text);
  }
  const last = `${prefix} last`;
  await sender.call("All", last);
  for (const [name, client] of Object.entries(parties)) {
    await client.hears(last);
    const heard = client.heardOf(prefix).filter((text) => text !== last);
    assert.deepEqual(heard.sort(), expected[name].sort(), `what ${name} heard`);
  }
}

export const selectors = [
  {
    name: "11.36 connections: All, AllExcept, Caller, Others, Client, Clients",
    async run(world) {
      const [a, b, c] = await world.clients({}, {}, {});
      await reach(a, { a, b, c }, [
        ["All", [], ["a", "b", "c"]],
        ["AllExcept", [[b.id]], ["a", "c"]],
        ["AllExcept", [[a.id, c.id, "nobody"]], ["b"]],
        ["AllExcept", [[]], ["a", "b", "c"]],
        ["Caller", [], ["a"]],
        ["Others", [], ["b", "c"]],
        ["Client", [b.id], ["b"]],
        ["Client", ["nobody"], []],
        ["Clients", [[a.id, c.id]], ["a", "c"]],
        ["Clients", [[]], []],
        ["Clients", [["nobody", b.id]], ["b"]],
      ]);
    },
  },
  {
    name: "11.36 groups: Group, GroupExcept, Groups, OthersInGroup",
    async run(world) {
      const [a, b, c] = await world.clients({}, {}, {});
      const [red, blue] = [word("red"), word("blue")];
      await a.call("Join", red);
      await b.call("Join", red);
      await b.call("Join", blue);
      await a.call("AddOther", c.id, blue);
      await reach(a, { a, b, c }, [
        ["Group", [red], ["a", "b"]],
        ["Group", [blue], ["b", "c"]],
        ["Group", [red.toUpperCase()], []],
        ["GroupExcept", [red, [b.id]], ["a"]],
        ["GroupExcept", [blue, [b.id, a.id]], ["c"]],
        ["GroupExcept", [blue, []], ["b", "c"]],
        ["Groups", [[red]], ["a", "b"]],
        ["OthersInGroup", [red], ["b"]],
        ["OthersInGroup", [blue], ["b", "c"]],
      ]);
      await b.call("Leave", red);
      await a.call("RemoveOther", c.id, blue);
      await reach(a, { a, b, c }, [
        ["Group", [red], ["a"]],
        ["Group", [blue], ["b"]],
      ]);
    },
  },
  {
    name: "11.36 users: User, Users",
    async run(world) {
      const [ann, bob] = [word("ann"), word("bob")];
      const [a1, a2, b, nobody] = await world.clients({ user: ann }, { user: ann }, { user: bob }, {});
      assert.equal(await a1.call("UserName"), ann);
      assert.equal(await nobody.call("UserName"), undefined);
      await reach(b, { a1, a2, b, nobody }, [
        ["User", [ann], ["a1", "a2"]],
        ["User", [bob], ["b"]],
        ["User", [ann.toUpperCase()], []],
        ["Users", [[ann, bob]], ["a1", "a2", "b"]],
        ["Users", [["stranger"]], []],
      ]);
    },
  },
  {
    name: "13.1 (5.5) a connection that a call reaches in two ways hears it once",
    async run(world) {
      const ann = word("ann");
      const [a, b] = await world.clients({ user: ann }, {});
      const [red, blue] = [word("red"), word("blue")];
      for (const group of [red, blue]) {
        await a.call("Join", group);
        await b.call("Join", group);
      }
      await b.call("Leave", blue);
      await reach(b, { a, b }, [
        ["Groups", [[red, blue]], ["a", "b"]],
        ["Groups", [[blue, blue, red]], ["a", "b"]],
        ["Clients", [[a.id, a.id, b.id]], ["a", "b"]],
        ["Users", [[ann, ann]], ["a"]],
      ]);
    },
  },
  {
    name: "several hubs share a connection; one that is not listed can be called but not heard",
    basic: true,
    async run(world) {
      const hubs = { conformance: ["Receive"], second: ["hear"] };
      const [a, b] = await world.clients({ hubs }, {});
      assert.equal(await a.callHub("second", "Echo", "x"), "x");
      assert.equal(await b.callHub("second", "Echo", "y"), "y");
      const [told, last] = [word("second"), word("last")];
      await b.callHub("second", "SayAll", told);
      await b.call("All", last);
      await a.hears(told, { hub: "second", method: "hear" });
      await a.hears(last);
      await b.hears(last);
      assert.deepEqual(b.heardOf(told, { hub: "second", method: "hear" }), []);
      await world.events.are(a.id, ["connected conformance", "connected second"]);
      await world.events.are(b.id, ["connected conformance"]);
    },
  },
  {
    name: "what is sent from outside a hub arrives",
    async run(world) {
      const user = word("ann");
      const [a, b] = await world.clients({ user }, {});
      const [group, prefix] = [word("group"), word("push")];
      await b.call("Join", group);
      await world.push("user", user, `${prefix} user`);
      await world.push("group", group, `${prefix} group`);
      await world.push("client", a.id, `${prefix} client`);
      await world.push("all", undefined, `${prefix} all`);
      for (const client of [a, b]) await client.hears(`${prefix} all`);
      assert.deepEqual(a.heardOf(prefix).sort(), [`${prefix} all`, `${prefix} client`, `${prefix} user`]);
      assert.deepEqual(b.heardOf(prefix).sort(), [`${prefix} all`, `${prefix} group`]);
    },
  },
];
