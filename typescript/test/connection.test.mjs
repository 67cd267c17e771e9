// What the wrapper promises, against a connection that the tests drive.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MemoryTokenStore, StorageTokenStore, withSignedRejoin } from "../dist/index.js";
import { FakeBuilder } from "./fake.mjs";

const restored = (token, groups = ["lobby"]) => ({ restored: true, groups, token });

function connect(options) {
  const connection = withSignedRejoin(new FakeBuilder(), options).withUrl("/chat").withAutomaticReconnect().build();
  const events = [];
  connection.onrestored((result) => events.push(["restored", result.restored, result.groups, result.reason]));
  connection.onreconnected((id) => events.push(["reconnected", id]));
  return { connection, events };
}

test("the builder's methods chain, and the given builder stays as it is", async () => {
  const builder = new FakeBuilder();
  const wrapped = withSignedRejoin(builder);
  assert.equal(wrapped.withUrl("/chat"), wrapped);
  assert.equal(wrapped.withUrl("/chat").withAutomaticReconnect(), wrapped);
  assert.equal(builder.url, "/chat");
  const plain = builder.build();
  await plain.start();
  assert.deepEqual(plain.invoked, []);
  assert.equal(plain.onrestored, undefined);
});

test("the first start asks with null, and resolves when the answer is there", async () => {
  const { connection, events } = connect();
  assert.equal(connection.lastRejoin, undefined);
  let answer;
  connection.answer = () => new Promise((resolve) => (answer = resolve));
  let started = false;
  const starting = connection.start().then(() => (started = true));
  await connection.settled();
  assert.deepEqual(connection.invoked, [["$rejoin", null]]);
  assert.equal(started, false);
  answer({ restored: false, groups: [], token: "t1", reason: "no token" });
  await starting;
  assert.deepEqual(events, [["restored", false, [], "no token"]]);
  assert.deepEqual(connection.lastRejoin, { restored: false, groups: [], reason: "no token" });
});

test("a reconnect hands the newest token back, before the application hears of the reconnect", async () => {
  const { connection, events } = connect();
  connection.answer = () => ({ restored: false, groups: [], token: "t1", reason: "no token" });
  await connection.start();
  connection.receive("$token", "t2");
  connection.receive("$token", "t3");
  events.length = 0;

  let answer;
  connection.answer = () => new Promise((resolve) => (answer = resolve));
  connection.drop();
  connection.reconnect();
  // It is the first message: what the application sends right away comes behind it.
  assert.deepEqual(connection.invoked.at(-1), ["$rejoin", "t3"]);
  await connection.settled();
  assert.deepEqual(events, []);
  answer(restored("t4", ["lobby", "tea"]));
  await connection.settled();
  assert.deepEqual(events, [["restored", true, ["lobby", "tea"], undefined], ["reconnected", "c2"]]);

  connection.drop();
  connection.reconnect();
  assert.deepEqual(connection.invoked.at(-1), ["$rejoin", "t4"]);
});

test("a token that comes right behind the answer is newer than the one in the answer", async () => {
  const { connection } = connect();
  let answer;
  connection.answer = () => new Promise((resolve) => (answer = resolve));
  const starting = connection.start();
  await connection.settled();
  answer(restored("old"));
  connection.receive("$token", "new");
  await starting;
  connection.drop();
  connection.reconnect();
  assert.deepEqual(connection.invoked.at(-1), ["$rejoin", "new"]);
});

test("a link that breaks during the question asks again after the next reconnect", async () => {
  const { connection, events } = connect();
  connection.answer = () => ({ restored: false, groups: [], token: "t1" });
  await connection.start();
  events.length = 0;
  connection.answer = () => new Promise(() => undefined);
  connection.drop();
  connection.reconnect();
  connection.drop();
  await connection.settled();
  assert.deepEqual(events, []);
  connection.answer = () => restored("t2");
  connection.reconnect();
  await connection.settled();
  assert.deepEqual(connection.invoked.map(([, token]) => token), [null, "t1", "t1"]);
  assert.deepEqual(events, [["restored", true, ["lobby"], undefined], ["reconnected", "c3"]]);
});

test("a link that breaks during the first question fails nothing that a plain start would not", async () => {
  const { connection, events } = connect();
  connection.answer = () => new Promise(() => undefined);
  const starting = connection.start();
  await connection.settled();
  connection.drop();
  await starting;
  connection.answer = () => restored("t1");
  connection.reconnect();
  await connection.settled();
  assert.deepEqual(events, [["restored", true, ["lobby"], undefined], ["reconnected", "c2"]]);
});

test("a failing start fails, and asks for nothing", async () => {
  const { connection } = connect();
  connection.state = "Connected";
  await assert.rejects(connection.start(), /not in the 'Disconnected' state/);
  assert.deepEqual(connection.invoked, []);
});

test("a server that knows nothing of it serves as without it, and keeps the token for one that does", async () => {
  const { connection, events } = connect();
  connection.answer = () => restored("t1");
  await connection.start();
  for (const text of [
    "Failed to invoke '$rejoin' due to an error on the server. HubException: Method does not exist.",
    "Unknown hub method '$rejoin'",
  ]) {
    events.length = 0;
    connection.answer = () => new Error(text);
    connection.drop();
    connection.reconnect();
    await connection.settled();
    assert.deepEqual(events[0], ["restored", false, [], "unsupported"]);
    assert.equal(events[1][0], "reconnected");
  }
  connection.drop();
  connection.reconnect();
  assert.deepEqual(connection.invoked.at(-1), ["$rejoin", "t1"]);
});

test("a refusal spends the token", async () => {
  const { connection, events } = connect();
  connection.answer = () => restored("t1");
  await connection.start();
  connection.answer = () => ({ restored: false, groups: [], reason: "reference lost" });
  connection.drop();
  connection.reconnect();
  await connection.settled();
  assert.deepEqual(events.at(-2), ["restored", false, [], "reference lost"]);
  connection.drop();
  connection.reconnect();
  assert.deepEqual(connection.invoked.at(-1), ["$rejoin", null]);
});

test("a callback that fails stops neither the others nor the connection", async (t) => {
  const errors = t.mock.method(console, "error", () => undefined);
  const connection = withSignedRejoin(new FakeBuilder()).build();
  const heard = [];
  connection.onrestored(() => {
    throw new Error("mine");
  });
  connection.onrestored(() => heard.push("second"));
  connection.onreconnected(() => {
    throw new Error("mine too");
  });
  connection.onreconnected(() => heard.push("reconnected"));
  await connection.start();
  connection.drop();
  connection.reconnect();
  await connection.settled();
  assert.deepEqual(heard, ["second", "second", "reconnected"]);
  assert.equal(errors.mock.callCount(), 3);
});

test("tokens are kept by hub URL, and a store of the application's has each of them in order", async () => {
  const saved = [];
  let release;
  const store = {
    load: async (url) => (url.endsWith("/chat") ? "from before" : undefined),
    save: (url, token) => {
      saved.push([url, token]);
      return saved.length === 1 ? new Promise((resolve) => (release = resolve)) : undefined;
    },
  };
  const { connection } = connect({ store });
  connection.answer = () => restored("t1");
  await connection.start();
  assert.deepEqual(connection.invoked, [["$rejoin", "from before"]]);
  connection.receive("$token", "t2");
  await connection.settled();
  // The second waits until the first is saved.
  assert.deepEqual(saved, [["http://hub.example/chat", "t1"]]);
  release();
  await connection.settled();
  assert.deepEqual(saved.at(-1), ["http://hub.example/chat", "t2"]);

  connection.drop();
  connection.baseUrl = "http://hub.example/other";
  connection.reconnect();
  await connection.settled();
  assert.deepEqual(connection.invoked.at(-1), ["$rejoin", null]);
  connection.drop();
  connection.baseUrl = "http://hub.example/chat";
  connection.reconnect();
  assert.deepEqual(connection.invoked.at(-1), ["$rejoin", "t2"]);
});

test("a store that fails costs the token, not the connection", async (t) => {
  const errors = t.mock.method(console, "error", () => undefined);
  const store = {
    load: () => {
      throw new Error("no storage");
    },
    save: () => Promise.reject(new Error("full")),
  };
  const { connection } = connect({ store });
  connection.answer = () => restored("t1");
  await connection.start();
  await connection.settled();
  assert.deepEqual(connection.invoked, [["$rejoin", null]]);
  assert.equal(errors.mock.callCount(), 2);
  connection.drop();
  connection.reconnect();
  assert.deepEqual(connection.invoked.at(-1), ["$rejoin", "t1"]);
});

test("a page's storage brings the token over a reload", async () => {
  const items = new Map();
  const storage = {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
  const first = connect({ store: new StorageTokenStore(storage) }).connection;
  first.answer = () => restored("t1");
  await first.start();
  await first.settled();
  assert.deepEqual([...items], [["signed-rejoin:http://hub.example/chat", "t1"]]);
  const second = connect({ store: new StorageTokenStore(storage) }).connection;
  second.answer = () => ({ restored: false, groups: [], reason: "refused" });
  await second.start();
  await second.settled();
  assert.deepEqual(second.invoked, [["$rejoin", "t1"]]);
  assert.equal(items.size, 0);
});

test("connections share no token unless they share a store", async () => {
  const store = new MemoryTokenStore();
  const own = connect().connection;
  const one = connect({ store }).connection;
  one.answer = () => restored("t1");
  await own.start();
  await one.start();
  await one.settled();
  const other = connect({ store }).connection;
  await other.start();
  assert.deepEqual([own.invoked, other.invoked], [[["$rejoin", null]], [["$rejoin", "t1"]]]);
});
