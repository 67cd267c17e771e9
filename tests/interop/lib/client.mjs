// One connection of the JavaScript client, in whichever environment its page lives.

import { until } from "./until.mjs";

/** Added to the time that a transport has to connect, where that time is not the subject. */
const PATIENCE_MS = 15_000;

let keys = 0;

/** A call that the server or the library refused. */
export class CallError extends Error {
  constructor({ message, source, data, status }) {
    super(message);
    Object.assign(this, { source, data, status });
  }
}

export class Client {
  /** What the page reported, oldest first. */
  log = [];
  #page;
  #key = `c${(keys += 1)}`;
  #fromScript = false;
  #calls = 0;

  /** `page` comes from an environment: client-node.mjs or client-chromium.mjs. */
  constructor(page) {
    this.#page = page;
    page.listen(this.#key, (entry) => this.log.push(entry));
  }

  get proxy() {
    return this.#page.proxy;
  }

  /** Makes the connection without starting it. `script` takes the generated proxies instead of hand-made ones. */
  async create({ mount = "/signalr", url = mount, hubs = { conformance: ["Receive"] }, user, qs, script = false, patience = PATIENCE_MS } = {}) {
    const options = { url, hubs, patience, qs: user ? { ...qs, access_token: user } : qs ?? null };
    this.#fromScript = script;
    return await this.#page.run(script ? "createFromScript" : "create", this.#key, options);
  }

  /** Makes a connection without hubs. */
  async createRaw(url) {
    await this.#page.run("createRaw", this.#key, { url });
  }

  /** Sends over a connection without hubs. */
  async send(data) {
    await this.#page.run("send", this.#key, data);
  }

  /** What a connection without hubs received. */
  get received() {
    return this.log.filter((entry) => entry.what === "received").map((entry) => entry.data);
  }

  /** Starts over one transport, a list, or "auto". Fails with what the library says. */
  async start(transport) {
    const { started, failed } = await this.#page.run("start", this.#key, { transport });
    if (failed) throw new CallError(failed);
    this.id = started.id;
    return started;
  }

  async open({ transport, ...options } = {}) {
    await this.create(options);
    return await this.start(transport);
  }

  /** Calls a method of the hub `conformance`. */
  async call(method, ...args) {
    return await this.callHub("conformance", method, ...args);
  }

  async callHub(hub, method, ...args) {
    return (await this.settle(hub, method, args)).result;
  }

  /** A call with all there is to say about its end: `{ result, nothing, call }`. */
  async settle(hub, method, args) {
    const call = (this.#calls += 1);
    const verb = this.#fromScript ? "callFromScript" : "call";
    const outcome = await this.#page.run(verb, this.#key, hub, method, args, call);
    if (outcome.failed) throw new CallError(outcome.failed);
    return { ...outcome, call };
  }

  /** First argument of each call of a client method, in order of arrival. */
  heard({ hub = "conformance", method = "Receive", handler = "" } = {}) {
    return this.log
      .filter((entry) => entry.what === "heard" && entry.hub === hub && entry.method === method && entry.handler === handler)
      .map((entry) => entry.args[0]);
  }

  /** What it heard among texts that begin with `prefix`: others may be talking on the same server. */
  heardOf(prefix, which) {
    return this.heard(which).filter((text) => typeof text === "string" && text.startsWith(prefix));
  }

  async hears(text, { patience, ...which } = {}) {
    await until(() => `"${text}"; heard ${JSON.stringify(this.heard(which))}`, () => this.heard(which).includes(text), patience);
  }

  /** The states it went through: `connecting connected reconnecting …`. */
  get states() {
    return this.log.filter((entry) => entry.what === "state").map((entry) => entry.to);
  }

  /** How often the library raised an event: `reconnecting`, `reconnected`, `connectionSlow`, `disconnected`. */
  count(what) {
    return this.log.filter((entry) => entry.what === what).length;
  }

  /** When the library last raised an event, by the page's clock. */
  when(what) {
    return this.log.findLast((entry) => entry.what === what)?.at;
  }

  async sees(what, { times = 1, patience } = {}) {
    await until(
      () => `${what} (${times}); the page reported ${JSON.stringify(this.log.slice(-8))}`,
      () => this.count(what) >= times,
      patience,
    );
  }

  on(method, name, hub = "conformance") {
    return this.#page.run("on", this.#key, hub, method, name);
  }

  off(method, name, hub = "conformance") {
    return this.#page.run("off", this.#key, hub, method, name);
  }

  setState(state, hub = "conformance") {
    return this.#page.run("setState", this.#key, hub, state);
  }

  state(hub = "conformance") {
    return this.#page.run("state", this.#key, hub);
  }

  about() {
    return this.#page.run("about", this.#key);
  }

  async ping(qs) {
    const { result, failed } = await this.#page.run("ping", this.#key, qs);
    if (failed) throw new CallError(failed);
    return result;
  }

  stop() {
    return this.#page.run("stop", this.#key);
  }

  /** Ends it and gives its page back. */
  async dispose() {
    await this.#page.release(this.#key);
  }
}
