// A `HubConnection` and its builder, as far as the package uses them, driven by a test.

export class FakeConnection {
  baseUrl = "http://hub.example/chat";
  state = "Disconnected";
  connectionId = "c0";
  /** What was invoked: name and arguments. */
  invoked = [];
  /** Answers an invocation: a value, an error to throw, or a promise of either. */
  answer = () => ({ restored: false, groups: [], token: null, reason: "no token" });
  #handlers = new Map();
  #reconnected = [];
  #pending = new Set();
  #connections = 0;

  async start() {
    if (this.state !== "Disconnected") throw new Error("Cannot start a HubConnection that is not in the 'Disconnected' state.");
    this.state = "Connecting";
    await Promise.resolve();
    this.connected();
  }

  connected() {
    this.state = "Connected";
    this.connectionId = `c${(this.#connections += 1)}`;
  }

  on(name, handler) {
    this.#handlers.set(name.toLowerCase(), handler);
  }

  onreconnected(callback) {
    this.#reconnected.push(callback);
  }

  invoke(name, ...args) {
    this.invoked.push([name, ...args]);
    return new Promise((resolve, reject) => {
      this.#pending.add(reject);
      Promise.resolve()
        .then(() => this.answer(name, ...args))
        .then((value) => (value instanceof Error ? reject(value) : resolve(value)), reject);
    });
  }

  /** The server calls a method of the client. */
  receive(name, ...args) {
    this.#handlers.get(name.toLowerCase())?.apply(this, args);
  }

  /** The link breaks. */
  drop() {
    for (const reject of this.#pending) reject(new Error("Invocation canceled due to the underlying connection being closed."));
    this.#pending.clear();
    this.state = "Reconnecting";
  }

  /** An automatic reconnect succeeds. */
  reconnect() {
    this.connected();
    for (const callback of this.#reconnected) callback.call(this, this.connectionId);
  }

  /** All promises that can go on have done so. */
  async settled() {
    for (let round = 0; round < 20; round += 1) await Promise.resolve();
  }
}

export class FakeBuilder {
  constructor() {
    this.connections = [];
  }

  withUrl(url) {
    this.url = url;
    return this;
  }

  withAutomaticReconnect() {
    this.reconnects = true;
    return this;
  }

  build() {
    const connection = new FakeConnection();
    this.connections.push(connection);
    return connection;
  }
}
