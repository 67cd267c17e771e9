// Plain HTTP, one socket for each request: what a kept socket hides (a cut, a restart, an early end) shows.

import http from "node:http";

/** Sends a request; resolves when the answer is complete. `target` is path and query as they go over the wire. */
export async function request(base, method, target, options = {}) {
  const answer = await openRequest(base, method, target, options);
  await answer.done;
  return answer;
}

/** Sends a request; resolves when the head of the answer is there. */
export function openRequest(base, method, target, { headers = {}, body, form } = {}) {
  const { hostname, port } = new URL(base);
  const content = form === undefined ? body : new URLSearchParams(form).toString();
  const all = { ...headers };
  if (form !== undefined) all["Content-Type"] ??= "application/x-www-form-urlencoded; charset=UTF-8";
  if (content !== undefined) all["Content-Length"] = Buffer.byteLength(content);
  else if (method === "POST") all["Content-Length"] = 0;
  return new Promise((resolve, reject) => {
    const sent = http.request({ hostname, port, method, path: target, headers: all, agent: false });
    sent.on("error", reject);
    sent.on("response", (response) => resolve(new Answer(response)));
    sent.end(content);
  });
}

/**
 * Ends a socket with a reset, as a cut link does. One that is ending already is only destroyed: node leaks its pending
 * shutdown otherwise, and the process never ends.
 */
export function reset(socket) {
  if (socket.destroyed) return;
  if (socket.writableEnded || socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}

export class Answer {
  chunks = [];
  ended = false;
  /** Whether the body came whole, as opposed to cut. */
  complete = false;
  #response;
  #onchunk;

  constructor(response) {
    this.#response = response;
    this.status = response.statusCode;
    this.reason = response.statusMessage;
    this.headers = response.headers;
    this.done = new Promise((resolve) => {
      const end = () => {
        this.complete = response.complete;
        this.ended = true;
        resolve(this);
      };
      response.on("close", end);
      response.on("error", () => {});
    });
    response.on("data", (data) => {
      this.chunks.push(data);
      this.#onchunk?.(data);
    });
  }

  /** Hands every chunk over, those that are here already first. */
  read(onchunk) {
    for (const chunk of this.chunks) onchunk(chunk);
    this.#onchunk = onchunk;
  }

  get type() {
    return this.headers["content-type"] ?? "";
  }

  get text() {
    return Buffer.concat(this.chunks).toString();
  }

  json() {
    return JSON.parse(this.text);
  }

  drop() {
    if (this.#response.socket) reset(this.#response.socket);
  }

  pause() {
    this.#response.pause();
  }
}
