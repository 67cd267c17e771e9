// The classic wire by hand: one logical connection (a `Wire`) and the streams it opens, for what a client library
// hides or would never do. Sections are those of specs/classic-signalr.md.

import { WebSocket } from "ws";

import { openRequest, request } from "./http.mjs";
import { LongPoll, ServerSentEvents, SocketStream } from "./streams.mjs";
import { until } from "./until.mjs";

const WEB_SOCKETS = "webSockets";
const LONG_POLLING = "longPolling";
export const TRANSPORTS = [WEB_SOCKETS, "serverSentEvents", LONG_POLLING];

/** A connection from negotiate on. `hubs: null` leaves connectionData out. */
export class Wire {
  /** Every stream opened, oldest first; the last one is the present one. */
  streams = [];
  /** The present run of polls; polls of an older one are abandoned. */
  #run = undefined;
  /** The next poll on its way to the server. */
  #opening = undefined;
  #calls = 0;

  constructor(server, options = {}) {
    const { mount = "/signalr", hubs = ["conformance"], transport = WEB_SOCKETS, protocol = "2.1", user, qs } = options;
    Object.assign(this, { server, mount, hubs, transport, protocol, user, qs });
  }

  /** Negotiates, connects, waits for `S:1`, starts; over long polling it polls on by itself. */
  async open({ poll = true, start = true } = {}) {
    await this.negotiate();
    await this.connect();
    if (this.transport === LONG_POLLING && poll) await this.pollOn();
    if (start) await this.start();
  }

  async negotiate(options) {
    const answer = await this.request("negotiate", options);
    if (answer.status !== 200) throw new Error(`negotiate: ${answer.status} ${answer.text}`);
    const body = answer.json();
    this.token = body.ConnectionToken;
    this.id = body.ConnectionId;
    return body;
  }

  /** Opens the first stream and waits for its init. */
  async connect(options) {
    const stream = await this.stream("connect", options);
    if (stream.refused) throw new Error(`connect: ${stream.status} ${stream.text}`);
    await until(`the init of ${this.transport}`, () => stream.responses.some((response) => response.S === 1));
    return stream;
  }

  async start(options) {
    const answer = await this.request("start", options);
    if (answer.status !== 200) throw new Error(`start: ${answer.status} ${answer.text}`);
    return answer;
  }

  /** Opens a stream with the cursor and groups token at hand. */
  async reconnect(options) {
    const stream = await this.stream("reconnect", options);
    if (stream.refused) throw new Error(`reconnect: ${stream.status} ${stream.text}`);
    return stream;
  }

  /** One poll, complete. */
  async poll(options) {
    const stream = await this.stream("poll", options);
    await stream.done;
    return stream;
  }

  /** Polls on and on, as the clients do. */
  async pollOn() {
    this.#run = {};
    await this.stream("poll");
  }

  /** Polls on once this poll, a reconnect, has come back. */
  async pollFrom(stream) {
    this.#run = {};
    if (stream.ended) await this.stream("poll");
  }

  async abort(options = {}) {
    this.#run = undefined;
    // A poll that arrived after the abort would begin a new life.
    await this.#opening;
    return await this.request("abort", { method: "POST", ...options });
  }

  /** Cuts the link of the present stream. */
  cut() {
    this.#run = undefined;
    this.current.cut();
  }

  /** Ends it all at the end of a test, so that nothing of it lingers while others run. */
  leave() {
    this.#run = undefined;
    for (const stream of this.streams) stream.cut();
    if (this.token && this.streams.length) this.abort().catch(() => {});
  }

  get current() {
    return this.streams.at(-1);
  }

  /** Calls a method of the hub `conformance` (or `call.hub`) and resolves with the hub response. */
  async call(method, ...args) {
    return await this.invoke({ M: method, A: args });
  }

  /** Sends an invocation as given, with hub and id filled in where they are missing. */
  async invoke(invocation) {
    const whole = { H: this.hubs?.[0] ?? "conformance", A: [], I: (this.#calls += 1), ...invocation };
    if (this.transport !== WEB_SOCKETS) {
      const answer = await this.send(JSON.stringify(whole));
      if (answer.status !== 200) throw new Error(`send: ${answer.status} ${answer.text}`);
      return answer.json();
    }
    const stream = this.current;
    stream.say(JSON.stringify(whole));
    const reply = await until(
      () => `the reply to ${whole.M}; the socket is ${stream.ended ? "closed" : "open"}`,
      () => stream.replies.find((one) => one.I === String(whole.I)),
    );
    return reply;
  }

  /** Calls and wants a result. */
  async result(method, ...args) {
    const reply = await this.call(method, ...args);
    if (reply.E !== undefined) throw new Error(`${method}: ${reply.E}`);
    return reply.R;
  }

  /** POST /send of any text. */
  async send(text, options = {}) {
    return await this.request("send", { method: "POST", form: { data: text }, ...options });
  }

  /** Every message of every stream, in the order of arrival. */
  get messages() {
    return this.streams.flatMap((stream) => stream.responses.flatMap((response) => response.M ?? []));
  }

  /** The first argument of each client call named `method`. */
  heard(method = "Receive") {
    return this.messages.filter((message) => message.M === method).map((message) => message.A[0]);
  }

  async hears(text, patience) {
    await until(() => `"${text}"; heard ${JSON.stringify(this.heard())}`, () => this.heard().includes(text), patience);
  }

  /** Waits for a new groups token, later than the `count` tokens seen so far. */
  async tokenAfter(count) {
    await until("a groups token", () => this.tokens.length > count);
    return this.tokens.at(-1);
  }

  /** Every groups token that came, oldest first. */
  get tokens() {
    return this.streams.flatMap((stream) => stream.responses.filter((one) => one.G).map((one) => one.G));
  }

  /** What the next reconnect or poll would send; a test may set them to something else. */
  get cursor() {
    return this.cursorToSend ?? this.streams.flatMap((stream) => stream.responses.map((one) => one.C)).filter(Boolean).at(-1);
  }

  get groupsToken() {
    return this.tokenToSend === undefined ? this.tokens.at(-1) : this.tokenToSend;
  }

  /** Path and query of an action. `without` leaves keys out, `set` adds or overrides some. */
  target(action, { at = this.mount, path = action, without = [], set = {}, cursor, token, hubs = this.hubs } = {}) {
    const query = {};
    if (action !== "ping") {
      if (action !== "negotiate") query.transport = this.transport;
      if (this.protocol !== null) query.clientProtocol = this.protocol;
      if (action !== "negotiate") query.connectionToken = this.token;
      if (hubs) query.connectionData = JSON.stringify(hubs.map((name) => ({ name })));
    }
    if (action === "reconnect" || action === "poll") {
      query.messageId = cursor ?? this.cursor;
      query.groupsToken = token ?? this.groupsToken;
    }
    Object.assign(query, this.qs, set);
    for (const name of without) delete query[name];
    const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
    const text = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
    return `${at}/${path}${text && `?${text}`}`;
  }

  /** A plain request of this connection; `as` makes somebody else (null: nobody) send it. */
  async request(action, options = {}) {
    const { method = "GET", form, headers } = options;
    return await request(this.server.base, method, this.target(action, options), {
      form,
      headers: { ...this.#who(options), ...headers },
    });
  }

  /** Opens a stream; resolves when its head is there, be it a refusal. */
  async stream(action, options = {}) {
    const transport = (options.transport ?? this.transport).toLowerCase();
    if (options.transport) this.transport = options.transport;
    const target = this.target(action, options);
    const headers = { ...this.#who(options), ...options.headers };
    const { base } = this.server;
    let stream;
    if (transport === "websockets" && !options.plain) {
      stream = await SocketStream.open(new WebSocket(base.replace(/^http/, "ws") + target, { headers }));
    } else if (transport === "longpolling") {
      const { method = "POST" } = options;
      const answer = await openRequest(base, method, target, { headers, form: method === "POST" ? options.form ?? {} : undefined });
      stream = new LongPoll(answer, (poll) => this.#next(poll));
    } else {
      stream = new ServerSentEvents(await openRequest(base, "GET", target, { headers }));
    }
    this.streams.push(stream);
    return stream;
  }

  #next(poll) {
    const run = this.#run;
    if (!run || this.current !== poll) return;
    const opened = (next) => {
      if (this.#run === run) return;
      next.cut();
      this.streams.splice(this.streams.indexOf(next), 1);
    };
    // A server that goes away ends the polling; the test that took it away opens the next stream.
    this.#opening = this.stream("poll").then(opened, () => {
      if (this.#run === run) this.#run = undefined;
    });
  }

  #who({ as = this.user }) {
    return as ? { Authorization: `Bearer ${as}` } : {};
  }
}
