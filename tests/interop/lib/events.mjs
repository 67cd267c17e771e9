// What the hubs saw. `GET /events` hands each event out once, so one reader keeps them for all tests of a process.

import { request } from "./http.mjs";
import { until } from "./until.mjs";

export class Events {
  #server;
  #seen = [];
  #running;
  #next;
  #stopped = false;

  constructor(server) {
    this.#server = server;
  }

  /** Everything seen so far that `keep` holds for, oldest first. */
  async filter(keep) {
    await this.#ask();
    return this.#seen.filter(keep);
  }

  /** The events of one connection in words: `connected conformance`, `disconnected conformance stop`. */
  async of(id) {
    return (await this.filter((event) => event.id === id)).map(inWords);
  }

  /** Waits until the events of a connection are exactly these; more than these fail at once. */
  async are(id, wanted, patience) {
    let got = [];
    await until(
      () => `the events [${wanted}] of ${id}; seen [${got}]`,
      async () => {
        got = await this.of(id);
        if (got.length > wanted.length) throw new Error(`events [${got}], expected [${wanted}]`);
        // Hubs of one connection hear of an event in any order.
        return [...got].sort().join() === [...wanted].sort().join();
      },
      patience,
    );
  }

  async stop() {
    this.#stopped = true;
    await (this.#next ?? this.#running)?.catch(() => {});
  }

  /** One question at a time; those that come while one is under way share the next, as it may have missed something. */
  #ask() {
    if (this.#stopped) return Promise.resolve();
    this.#next ??= (async () => {
      await null;
      await this.#running?.catch(() => {});
      this.#running = this.#next;
      this.#next = undefined;
      const answer = await request(this.#server.base, "GET", "/events");
      if (answer.status !== 200) throw new Error(`GET /events: ${answer.status}`);
      this.#seen.push(...answer.json());
    })();
    return this.#next;
  }
}

function inWords({ event, hub, stop }) {
  if (event !== "disconnected") return `${event} ${hub}`;
  return `${event} ${hub} ${stop ? "stop" : "lost"}`;
}
