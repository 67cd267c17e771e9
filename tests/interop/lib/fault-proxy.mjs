// A TCP proxy that a test can break: cut, hold shut, let go silent, refuse or starve single requests.
// Each page of the suite has its own, so breaking one client's link leaves the others alone.

import net from "node:net";

import { reset } from "./http.mjs";

const HEAD_END = Buffer.from("\r\n\r\n");
const REQUEST = /^(GET|POST|OPTIONS) (\S+) HTTP\/1\.1\r\n/;

/**
 * Opens a proxy before `target` on a free port.
 *
 * `requests` lists the request lines seen, oldest first. `rule`, when set, is asked for each of them: "refuse" answers
 * 403 in the server's place, "starve" lets the answer's head through and nothing after it.
 */
export async function faultProxy(target) {
  const proxy = new FaultProxy(target);
  await proxy.listen();
  return proxy;
}

class FaultProxy {
  requests = [];
  rule = undefined;
  #state = "open";
  #links = new Set();
  #server;
  #target;

  constructor(target) {
    this.#target = new URL(target);
    this.#server = net.createServer((client) => this.#accept(client));
  }

  async listen() {
    await new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** Cuts every link with a reset. New ones are served. */
  cut() {
    for (const link of this.#links) link.cut();
  }

  /** Cuts every link and resets new ones until `heal`. */
  down() {
    this.#state = "down";
    this.cut();
  }

  /** Keeps every link, present and new, but passes not one byte more, until `heal`. */
  silence() {
    this.#state = "silent";
  }

  /** Serves again. Links that went silent are cut: bytes are missing from them. */
  heal() {
    const silent = this.#state === "silent";
    this.#state = "open";
    if (silent) this.cut();
  }

  /** How many requests were seen whose line holds this text. */
  count(text) {
    return this.requests.filter((line) => line.includes(text)).length;
  }

  async close() {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client) {
    if (this.#state === "down") {
      client.on("error", () => {});
      reset(client);
      return;
    }
    const link = new Link(client, this.#target, {
      passes: () => this.#state !== "silent",
      judge: (line) => {
        this.requests.push(line);
        return this.rule?.(line);
      },
      gone: () => this.#links.delete(link),
    });
    this.#links.add(link);
  }
}

/** One client's socket and the server's socket behind it. */
class Link {
  #client;
  #server;
  #starved = undefined;

  constructor(client, target, { passes, judge, gone }) {
    this.#client = client;
    this.#server = net.connect({ host: target.hostname, port: Number(target.port) });
    for (const [socket, other] of [[this.#client, this.#server], [this.#server, this.#client]]) {
      socket.setNoDelay(true);
      socket.on("error", () => this.cut());
      // An orderly end lets what is still queued for the other side out first.
      socket.on("close", () => {
        other.end();
        gone();
      });
    }
    client.on("data", (data) => {
      if (!passes()) return;
      // Browsers and node send a request's head in one piece and do not pipeline, so a head is where data begins.
      const line = REQUEST.exec(data.toString("latin1", 0, Math.min(data.length, 16_384)))?.[0].trim();
      const verdict = line && judge(line);
      if (verdict === "refuse") {
        client.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
      }
      if (line) this.#starved = verdict === "starve" ? "head" : undefined;
      forward(data, client, this.#server);
    });
    this.#server.on("data", (data) => {
      if (!passes()) return;
      const rest = this.#starve(data);
      if (rest.length) forward(rest, this.#server, client);
    });
  }

  cut() {
    reset(this.#client);
    reset(this.#server);
  }

  #starve(data) {
    if (this.#starved === undefined) return data;
    if (this.#starved === "body") return Buffer.alloc(0);
    const end = data.indexOf(HEAD_END);
    if (end < 0) return data;
    this.#starved = "body";
    return data.subarray(0, end + HEAD_END.length);
  }
}

function forward(data, from, to) {
  if (to.destroyed || to.writableEnded || to.write(data)) return;
  from.pause();
  to.once("drain", () => from.resume());
}
