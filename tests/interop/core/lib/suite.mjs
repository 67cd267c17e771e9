// Turns behaviours into tests: one for each client, transport, protocol and behaviour, named
// `client | transport | protocol | behaviour`; the tables at the end are read from these names.

import { after, describe, it } from "node:test";

import { argv, conformanceServer, restartIsWaived, startProgram } from "../../lib/server.mjs";
import { shared } from "../../lib/until.mjs";

const USUAL_MS = 120_000;
const SLOW_MS = 180_000;

/** What the wire offers; server-sent events carry text alone. */
const CELLS = [
  { transport: "WebSockets", protocol: "json" },
  { transport: "WebSockets", protocol: "messagepack" },
  { transport: "ServerSentEvents", protocol: "json" },
  { transport: "LongPolling", protocol: "json" },
  { transport: "LongPolling", protocol: "messagepack" },
];

/**
 * Registers the behaviours for one client in one environment.
 *
 * A behaviour is `{ name, run(kit) }`, with `transports`, `protocols` and `environments` where it is not for all; `slow: true` where it
 * waits for a time-out of the protocol, `restarts: true` where it kills and starts a server of its own. `waiting` of the slow ones
 * pass beside one another and beside `working` of the others.
 */
export function suite(client, { open, behaviours, waiting = 24, working = 4 }) {
  describe(client, { concurrency: 2 }, () => {
    const takeServer = shared(conformanceServer);
    const takeEnvironment = shared(open);

    after(async () => {
      await (await takeEnvironment.made())?.close();
      await (await takeServer.made())?.stop();
    });

    const register = (behaviour) => {
      const cells = CELLS.filter(({ transport, protocol }) =>
        (behaviour.transports ?? [transport]).includes(transport) && (behaviour.protocols ?? [protocol]).includes(protocol));
      for (const cell of cells) {
        const skip = behaviour.restarts && restartIsWaived() && "ALLOW_NO_RESTART is set";
        const name = `${client} | ${cell.transport} | ${cell.protocol} | ${behaviour.name}`;
        it(name, { timeout: behaviour.slow ? SLOW_MS : USUAL_MS, skip }, async () => {
          const environment = await takeEnvironment();
          const server = behaviour.restarts ? await ownServer(await takeServer()) : await takeServer();
          try {
            await environment.run(server, behaviour, cell);
          } finally {
            if (behaviour.restarts) await server.stop();
          }
        });
      }
    };

    const [slow, usual] = [behaviours.filter((one) => one.slow), behaviours.filter((one) => !one.slow)];
    if (slow.length) describe(`${client}, waiting`, { concurrency: waiting }, () => slow.forEach(register));
    describe(`${client}, working`, { concurrency: working }, () => usual.forEach(register));
  });
}

/** A server of one test alone, to be killed and started. */
async function ownServer(usual) {
  usual.needsRestart();
  return await startProgram(argv("SERVER"));
}
