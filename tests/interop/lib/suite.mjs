// Turns behaviours into tests: one for each client, transport and behaviour, named `client | transport | behaviour`;
// the matrix at the end is read from these names.

import { after, describe, it } from "node:test";

import { Client } from "./client.mjs";
import { request } from "./http.mjs";
import { TRANSPORTS } from "./raw.mjs";
import { argv, conformanceServer, restartIsWaived, startProgram } from "./server.mjs";
import { shared } from "./until.mjs";

const USUAL_MS = 90_000;
const SLOW_MS = 120_000;

// Tests at once: as many as like where they mostly wait, few where they keep the machine busy. The protocol's own
// time-outs run while a starved machine stands still.
const WAITING = 24;
const WORKING = 4;

/**
 * Registers the behaviours for one client library in one environment.
 *
 * A behaviour is `{ name, run(world) }`, with `transports` where it is not for all, `slow: true` where it waits for a
 * time-out of the protocol (those pass beside the others, many at once), `restarts: true` where it
 * starts and kills a server of its own, and `basic: true` where an older client is to pass it too.
 */
export function suite(client, { open, behaviours, transports = TRANSPORTS }) {
  describe(client, { concurrency: 2 }, () => {
    const takeServer = shared(conformanceServer);
    const takeEnvironment = shared(async () => await open((await takeServer()).base));

    after(async () => {
      await (await takeEnvironment.made())?.close();
      await (await takeServer.made())?.stop();
    });

    const register = (behaviour) => {
      for (const transport of behaviour.transports ?? transports) {
        const timeout = behaviour.slow ? SLOW_MS : USUAL_MS;
        const skip = behaviour.restarts && restartIsWaived() && "ALLOW_NO_RESTART is set";
        it(`${client} | ${transport} | ${behaviour.name}`, { timeout, skip }, async () => {
          const world = new World(await takeServer(), await takeEnvironment(), transport);
          try {
            await behaviour.run(world);
          } finally {
            await world.end();
          }
        });
      }
    };

    const [slow, usual] = [behaviours.filter((one) => one.slow), behaviours.filter((one) => !one.slow)];
    if (slow.length) describe(`${client}, waiting`, { concurrency: WAITING }, () => slow.forEach(register));
    describe(`${client}, working`, { concurrency: WORKING }, () => usual.forEach(register));
  });
}

/** What a behaviour has at hand. */
export class World {
  #environment;
  #clients = [];
  #servers = [];

  constructor(server, environment, transport) {
    this.server = server;
    this.#environment = environment;
    this.transport = transport;
  }

  get events() {
    return this.server.events;
  }

  /** A client on a page of its own, not yet created. */
  async page(options) {
    const client = new Client(await this.#environment.page(options));
    this.#clients.push(client);
    return client;
  }

  /** A started client, over the transport of this test unless told otherwise. */
  async client(options = {}) {
    const client = await this.page();
    await client.open({ transport: this.transport, ...options });
    return client;
  }

  /** Several started clients. */
  async clients(...options) {
    return await Promise.all(options.map((one) => this.client(one)));
  }

  /** A server of this test alone, to be killed and started; pages of it take `{ target: server.base }`. */
  async ownServer() {
    this.server.needsRestart();
    const server = await startProgram(argv("SERVER"));
    this.#servers.push(server);
    return server;
  }

  /** Sends from outside a hub. */
  async push(to, name, message) {
    const body = JSON.stringify({ hub: "classic", to, name, message });
    const headers = { "Content-Type": "application/json" };
    const answer = await request(this.server.base, "POST", "/push", { headers, body });
    if (answer.status !== 202) throw new Error(`POST /push: ${answer.status} ${answer.text}`);
  }

  async end() {
    await Promise.all(this.#clients.map((client) => client.dispose()));
    await Promise.all(this.#servers.map((server) => server.stop()));
  }
}
