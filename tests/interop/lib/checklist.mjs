// Tests by hand on the wire, each named by the line it holds: `11.20 …` is line 20 of the specification's checklist,
// `13.2.4 …` a line of the section that says where ours differs.

import { after, describe, it } from "node:test";

import { Wire } from "./raw.mjs";
import { argv, conformanceServer, restartIsWaived, startProgram } from "./server.mjs";
import { shared } from "./until.mjs";

const USUAL_MS = 90_000;
const SLOW_MS = 120_000;

// Tests at once: as many as like where they mostly wait, few where they keep the machine busy.
const WAITING = 24;
const WORKING = 4;

/**
 * `tests` is a list of `{ name, run(bench) }`; those that are `slow` wait for a time-out and pass beside the
 * others, those that are marked `restarts` start and kill a server of their own.
 */
export function checklist(title, tests) {
  describe(title, { concurrency: 2 }, () => {
    const takeServer = shared(conformanceServer);
    after(async () => await (await takeServer.made())?.stop());

    const register = ({ name, slow, restarts, run }) => {
      const skip = restarts && restartIsWaived() && "ALLOW_NO_RESTART is set";
      it(name, { timeout: slow ? SLOW_MS : USUAL_MS, skip }, async () => {
        const bench = new Bench(await takeServer());
        try {
          await run(bench);
        } finally {
          await bench.leave();
        }
      });
    };

    const [slow, usual] = [tests.filter((one) => one.slow), tests.filter((one) => !one.slow)];
    if (slow.length) describe(`${title}, waiting`, { concurrency: WAITING }, () => slow.forEach(register));
    describe(title, { concurrency: WORKING }, () => usual.forEach(register));
  });
}

/** One test's connections, ended with it. */
export class Bench {
  #wires = [];
  #owned = [];

  constructor(server) {
    this.server = server;
  }

  get events() {
    return this.server.events;
  }

  get base() {
    return this.server.base;
  }

  /** A connection that has not negotiated yet. */
  wire(options) {
    const wire = new Wire(this.server, options);
    this.#wires.push(wire);
    return wire;
  }

  /** A connection that is up; see `Wire.open`. */
  async open(options = {}) {
    const wire = this.wire(options);
    await wire.open(options);
    return wire;
  }

  /** Negotiated, nothing more. */
  async negotiated(options = {}) {
    const wire = this.wire(options);
    await wire.negotiate();
    return wire;
  }

  /** The bench of a server of this test alone, to be killed and started. */
  async own() {
    this.server.needsRestart();
    const bench = new Bench(await startProgram(argv("SERVER")));
    this.#owned.push(bench);
    return bench;
  }

  async leave() {
    for (const wire of this.#wires) wire.leave();
    for (const bench of this.#owned) {
      await bench.leave();
      await bench.server.stop();
    }
  }
}
