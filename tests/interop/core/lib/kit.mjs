// What a behaviour has at hand. Runs in Node and in a page alike: nothing here is of one of them alone.

export const PATIENCE_MS = 30_000;

export class Kit {
  #connections = [];
  #node;
  #MessagePack;

  /**
   * `node(operation, ...arguments)` asks the test's own process: it holds the link before the server (`cut`, `down`, `heal`,
   * `silence`, `refuse`), knows what the hubs saw, and reaches the server from outside.
   */
  constructor({ signalR, MessagePackHubProtocol, rejoin, base, transport, protocol, environment, node }) {
    Object.assign(this, { signalR, rejoin, base, transport, protocol, environment });
    this.#MessagePack = MessagePackHubProtocol;
    this.#node = node;
  }

  node(operation, ...args) {
    return this.#node(operation, ...args);
  }

  /** A builder for this test's transport and protocol. */
  builder({ mount = "/core", user, query = "", http = {}, transport = this.signalR.HttpTransportType[this.transport], protocol = this.protocol, base = this.base } = {}) {
    const builder = new this.signalR.HubConnectionBuilder()
      .withUrl(`${base}${mount}${query}`, { transport, ...(user && { accessTokenFactory: () => user }), ...http })
      .configureLogging(this.signalR.LogLevel.None);
    if (protocol === "messagepack") builder.withHubProtocol(new this.#MessagePack());
    return builder;
  }

  /** A connection that is not started: with `received` (what came to `Receive`), `closed`, `reconnecting`, `reconnected` lists. */
  build({ reconnect, stateful, signed, on = {}, configure, ...options } = {}) {
    let builder = this.builder(options);
    if (signed) builder = this.rejoin.withSignedRejoin(builder, signed === true ? {} : signed);
    if (reconnect) builder.withAutomaticReconnect(reconnect === true ? [0, 50, 100, 200, 400, 800, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000] : reconnect);
    if (stateful) builder.withStatefulReconnect();
    configure?.(builder);
    const connection = builder.build();
    Object.assign(connection, { received: [], closed: [], reconnecting: [], reconnected: [], restored: [] });
    connection.on("Receive", (message) => void connection.received.push(message));
    for (const [name, handler] of Object.entries(on)) connection.on(name, handler);
    connection.onclose((error) => connection.closed.push(error?.message ?? null));
    connection.onreconnecting((error) => connection.reconnecting.push(error?.message ?? null));
    connection.onreconnected((id) => connection.reconnected.push(id ?? null));
    connection.onrestored?.((result) => connection.restored.push(result));
    this.#connections.push(connection);
    return connection;
  }

  /** A connection that is up. */
  async connect(options) {
    const connection = this.build(options);
    await within("start", connection.start());
    return connection;
  }

  async end() {
    await Promise.all(this.#connections.map((connection) => connection.stop().catch(() => undefined)));
  }

  /** What the hubs saw of a connection: `["connected", null, "disconnected", null]` in pairs of event and error. */
  events(id) {
    return this.node("events", id);
  }

  /** Waits until the hubs saw exactly these events of a connection, each as [event, error]. */
  async sees(id, wanted) {
    let got;
    await until(() => `events ${show(wanted)} of ${id}; seen ${show(got)}`, async () => same((got = await this.events(id)), wanted));
  }
}

let words = 0;
/** A word that no other test says: `All` and its like reach everybody, so each test listens for its own words. */
export const word = (hint = "w") => `${hint}-${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}-${(words += 1)}`;

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves with the first truthy value of `test`; fails with `what` (text, or a function making one) when late. */
export async function until(what, test, patience = PATIENCE_MS) {
  const deadline = Date.now() + patience;
  for (;;) {
    const value = await test();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited ${patience} ms for ${typeof what === "function" ? what() : what}`);
    await pause(15);
  }
}

/** Fails when `promise` takes longer. */
export function within(what, promise, patience = PATIENCE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${patience} ms for ${what}`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const plain = (_, value) => {
  if (typeof value === "bigint") return `${value}n`;
  if (ArrayBuffer.isView(value)) return { bytes: [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)] };
  return value === undefined ? "undefined" : value;
};

export const show = (value) => JSON.stringify(value, plain);
export const same = (one, other) => show(one) === show(other);

/** Holds that two values are alike: deep, and with the order of members. */
export function equal(actual, expected, what = "value") {
  if (!same(actual, expected)) throw new Error(`${what}: got ${show(actual)}, expected ${show(expected)}`);
}

export function matches(text, pattern, what = "text") {
  if (!pattern.test(text)) throw new Error(`${what}: ${show(text)} does not match ${pattern}`);
}

/** The text of the error that a promise fails with. */
export async function failure(promise) {
  let value;
  try {
    value = await within("a failure", promise);
  } catch (error) {
    return error.message;
  }
  throw new Error(`nothing failed; got ${show(value)}`);
}

/** What a stream brings: its items, and its end or error text. */
export function collect(stream) {
  const items = [];
  return within("the end of a stream", new Promise((resolve) => {
    stream.subscribe({
      next: (item) => items.push(item),
      complete: () => resolve([...items, "end"]),
      error: (error) => resolve([...items, `error ${error.message}`]),
    });
  }));
}

/** What a connection received of this test: other tests speak to all as well. */
export const heard = (connection, word) => connection.received.filter((message) => message.includes(word));

/** Waits until a connection received exactly these, of those with this word. */
export async function hears(connection, messages, word = messages[0]) {
  await until(() => `messages ${show(messages)}; received ${show(connection.received)}`, () => heard(connection, word).length >= messages.length);
  equal(heard(connection, word), messages, "received");
}
