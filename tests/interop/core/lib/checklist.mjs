// Tests by hand on the wire, each named by the line of section 7 that it holds: `7.20 …` is line 20.

import { after, describe, it } from "node:test";

import { argv, conformanceServer, restartIsWaived, startProgram } from "../../lib/server.mjs";
import { shared } from "../../lib/until.mjs";
import { Wire } from "./wire.mjs";

const USUAL_MS = 120_000;

/** `tests` is a list of `{ name, run(bench), restarts }`. */
export function checklist(title, tests) {
  describe(title, { concurrency: 6 }, () => {
    const takeServer = shared(conformanceServer);
    after(async () => await (await takeServer.made())?.stop());
    for (const { name, restarts, run } of tests) {
      const skip = restarts && restartIsWaived() && "ALLOW_NO_RESTART is set";
      it(name, { timeout: USUAL_MS, skip }, async () => {
        const bench = new Bench(await takeServer());
        try {
          await run(bench);
        } finally {
          await bench.leave();
        }
      });
    }
  });
}

/** One test's connections and servers, ended with it. */
export class Bench {
  #wires = [];
  #ends = [];

  constructor(server) {
    this.server = server;
  }

  get base() {
    return this.server.base;
  }

  /** A connection that has not negotiated. */
  wire(options) {
    const wire = new Wire(this.server, options);
    this.#wires.push(wire);
    return wire;
  }

  /** A connection that is up. */
  async open(transport = "ws", options = {}) {
    return await this.wire(options).open(transport, options);
  }

  /** What the hubs saw of a connection, each as [event, error]. */
  async events(id) {
    return (await this.server.events.filter((event) => event.id === id)).map(({ event, error }) => [event, error ?? null]);
  }

  /** A server of this test alone. */
  async own() {
    this.server.needsRestart();
    const server = await startProgram(argv("SERVER"));
    this.atEnd(() => server.stop());
    return server;
  }

  atEnd(end) {
    this.#ends.push(end);
  }

  async leave() {
    for (const wire of this.#wires) wire.leave();
    for (const end of this.#ends.reverse()) await end();
  }
}
