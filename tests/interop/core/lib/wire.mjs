// The core wire by hand: HTTP, WebSockets and hub messages, without a client library.

import { decodeMulti, encode } from "@msgpack/msgpack";
import WebSocket from "ws";

import { openRequest, request } from "../../lib/http.mjs";
import { until, within } from "../../lib/until.mjs";

export const RS = "\x1e";

/** A connection in any of the three transports. */
export class Wire {
  /** Hub messages, oldest first, as objects (JSON) or arrays (MessagePack). */
  messages = [];
  /** What the transport delivered, oldest first. */
  deliveries = [];
  closed = undefined;
  #send;
  #leave = () => undefined;
  #rest = Buffer.alloc(0);

  constructor(server, { mount = "/core", protocol = "json", version = 1, query = "", headers = {} } = {}) {
    Object.assign(this, { base: server.base, mount, protocol, version, query, headers });
  }

  async negotiate(query = "negotiateVersion=1") {
    const answer = await request(this.base, "POST", `${this.mount}/negotiate?${[query, this.query].filter(Boolean).join("&")}`, { headers: this.headers });
    this.negotiation = answer;
    const json = answer.json();
    this.id = json.connectionId;
    this.token = json.connectionToken ?? json.connectionId;
    return json;
  }

  get target() {
    const parameters = [this.token && `id=${this.token}`, this.query].filter(Boolean).join("&");
    return `${this.mount}${parameters ? `?${parameters}` : ""}`;
  }

  /** Opens a transport and shakes hands. */
  async open(transport = "ws", { negotiate = true, handshake = true } = {}) {
    if (negotiate && !this.token) await this.negotiate();
    await this[transport]();
    if (handshake) await this.shake();
    return this;
  }

  async shake(protocol = this.protocol, version = this.version) {
    await this.raw(`{"protocol":"${protocol}","version":${version}}${RS}`);
    this.handshake = await within("the answer to the handshake", this.#answer());
    return this.handshake;
  }

  async #answer() {
    await until("the answer to the handshake", () => this.#rest.includes(0x1e) || this.closed);
    const at = this.#rest.indexOf(0x1e);
    const text = this.#rest.subarray(0, at).toString();
    this.#rest = this.#rest.subarray(at + 1);
    this.shaken = true;
    this.#parse();
    return JSON.parse(text);
  }

  async ws({ headers = this.headers } = {}) {
    const socket = new WebSocket(`${this.base.replace("http", "ws")}${this.target}`, { headers, perMessageDeflate: false });
    this.socket = socket;
    socket.on("message", (data, binary) => this.#arrives(Buffer.from(data), binary));
    socket.on("close", (code, reason) => (this.closed ??= { code, reason: reason.toString() }));
    this.#leave = () => socket.terminate();
    this.#send = async (data) => socket.send(data);
    await within("the upgrade", new Promise((resolve, reject) => {
      socket.on("open", resolve);
      socket.on("unexpected-response", (_, response) => {
        response.resume();
        reject(Object.assign(new Error(`upgrade answered ${response.statusCode}`), { status: response.statusCode }));
      });
      socket.on("error", reject);
    }));
  }

  async sse() {
    const answer = await openRequest(this.base, "GET", this.target, { headers: { Accept: "text/event-stream", ...this.headers } });
    this.answer = answer;
    let text = "";
    answer.read((chunk) => {
      text += chunk.toString();
      for (let at; (at = text.indexOf("\r\n\r\n")) >= 0 || text.startsWith(":\r\n");) {
        if (text.startsWith(":\r\n")) {
          this.greeted = true;
          text = text.slice(3);
          continue;
        }
        const lines = text.slice(0, at).split("\r\n");
        text = text.slice(at + 4);
        this.#arrives(Buffer.from(lines.map((line) => line.replace(/^data: /, "")).join("\n")), false);
      }
    });
    answer.done.then(() => (this.closed ??= { ended: answer.complete }));
    this.#leave = () => answer.drop();
    this.#send = (data) => this.#post(data);
  }

  async lp() {
    this.first = await request(this.base, "GET", this.target, { headers: this.headers });
    this.#send = (data) => this.#post(data);
    this.polls = [];
    (async () => {
      while (!this.closed) {
        const open = openRequest(this.base, "GET", this.target, { headers: this.headers });
        this.#leave = () => void open.then((answer) => answer.drop(), () => undefined);
        const answer = await open.catch(() => undefined);
        if (!answer) break;
        await answer.done;
        this.polls.push(answer);
        if (answer.status !== 200) this.closed ??= { status: answer.status };
        else if (answer.chunks.length) this.#arrives(Buffer.concat(answer.chunks), true);
      }
    })();
  }

  async #post(data) {
    const body = typeof data === "string" ? Buffer.from(data) : data;
    const answer = await request(this.base, "POST", this.target, { headers: { "Content-Type": "text/plain;charset=UTF-8", ...this.headers }, body });
    if (answer.status !== 200) throw Object.assign(new Error(`POST answered ${answer.status}`), { status: answer.status });
  }

  /** Bytes or text as they are. */
  raw(data) {
    return this.#send(data);
  }

  /** Hub messages, all in one delivery. */
  async send(...messages) {
    if (this.protocol === "json") return await this.raw(messages.map((message) => JSON.stringify(message) + RS).join(""));
    return await this.raw(Buffer.concat(messages.map(frame)));
  }

  /** Calls a method and waits for its completion. */
  async call(id, target, ...args) {
    const json = this.protocol === "json";
    await this.send(json ? { type: 1, invocationId: id, target, arguments: args } : [1, {}, id, target, args, []]);
    return await this.completion(id);
  }

  completion(id) {
    return this.message(`the completion of ${id}`, (message) => (Array.isArray(message) ? message[0] === 3 && message[2] === id : message.type === 3 && message.invocationId === id));
  }

  message(what, test) {
    return until(() => `${what}; got ${JSON.stringify(this.messages)}; ${JSON.stringify(this.closed)}`, () => this.messages.find(test));
  }

  /** All messages but pings. */
  get spoken() {
    return this.messages.filter((message) => (Array.isArray(message) ? message[0] : message.type) !== 6);
  }

  end() {
    return until(() => `the end; got ${JSON.stringify(this.messages)}`, () => this.closed);
  }

  leave() {
    this.closed ??= { left: true };
    this.#leave();
  }

  #arrives(data, binary) {
    this.deliveries.push({ data, binary });
    this.#rest = Buffer.concat([this.#rest, data]);
    if (this.shaken) this.#parse();
  }

  #parse() {
    if (this.protocol === "json") {
      for (let at; (at = this.#rest.indexOf(0x1e)) >= 0; this.#rest = this.#rest.subarray(at + 1)) {
        this.messages.push(JSON.parse(this.#rest.subarray(0, at).toString()));
      }
      return;
    }
    for (;;) {
      let [length, at] = [0, 0];
      for (; at < this.#rest.length; at += 1) {
        length += (this.#rest[at] & 0x7f) * 2 ** (7 * at);
        if (this.#rest[at] < 0x80) break;
      }
      if (at >= this.#rest.length || this.#rest.length < at + 1 + length) return;
      this.messages.push(...decodeMulti(this.#rest.subarray(at + 1, at + 1 + length)));
      this.#rest = this.#rest.subarray(at + 1 + length);
    }
  }

  /** Bytes that are no whole message. */
  get incomplete() {
    return this.#rest.length;
  }
}

/** A MessagePack message with its length prefix. */
export function frame(message) {
  const body = Buffer.from(encode(message));
  const prefix = [];
  for (let left = body.length; ; left = Math.floor(left / 128)) {
    prefix.push(left > 127 ? (left % 128) | 0x80 : left);
    if (left < 128) break;
  }
  return Buffer.concat([Buffer.from(prefix), body]);
}
