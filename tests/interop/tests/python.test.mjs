// PyPI `signalr-client` 0.0.7, an independent client without reconnect (checklist, 70).

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";

import { conformanceServer } from "../lib/server.mjs";
import { shared } from "../lib/until.mjs";

const PYTHON = new URL("../.venv/bin/python", import.meta.url).pathname;
const SCRIPT = new URL("../python/behaviours.py", import.meta.url).pathname;
const CLIENT = "Python 0.0.7";
const PATIENCE_MS = 40_000;

/** name → the script's word for it, and what the hubs are to have seen. */
const BEHAVIOURS = {
  "negotiates, connects and starts; the connected event ran once": { verb: "connect", seen: ["connected conformance"] },
  "calls bring results, null and nothing": { verb: "call" },
  "errors arrive with their text and data": { verb: "error" },
  "what is sent to a group and to the caller arrives once and in order": { verb: "receive" },
  "several hubs share a connection": { verb: "hubs", seen: ["connected conformance", "connected second"] },
  "11.70 texts of every kind survive both ways": { verb: "texts" },
  "stop ends the connection": { verb: "stop" },
};

async function run(base, transport, verb) {
  if (!fs.existsSync(PYTHON)) throw new Error(`no Python client at ${PYTHON}: run setup.sh (it needs python3 with venv)`);
  const { stdout } = await promisify(execFile)(PYTHON, [SCRIPT, base, transport, verb], { timeout: PATIENCE_MS, killSignal: "SIGKILL" });
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

describe(CLIENT, { concurrency: 3 }, () => {
  const takeServer = shared(conformanceServer);
  after(async () => await (await takeServer.made())?.stop());

  // Over a socket the client says nothing when it stops (appendix B): the server finds out by its time-out. That is
  // begun first, to pass beside the others.
  const cells = ["webSockets", "serverSentEvents"].flatMap((transport) =>
    Object.entries(BEHAVIOURS).map(([name, one]) => ({ transport, name, ...one })));
  cells.sort((one, other) => (other.verb === "stop") - (one.verb === "stop"));
  for (const { transport, name, verb, seen } of cells) {
    it(`${CLIENT} | ${transport} | ${name}`, { timeout: 60_000 }, async () => {
      const server = await takeServer();
      const { id } = await run(server.base, transport, verb);
      if (verb === "stop") {
        const end = transport === "webSockets" ? "lost" : "stop";
        await server.events.are(id, ["connected conformance", `disconnected conformance ${end}`], 30_000);
      } else if (seen) {
        const events = (await server.events.of(id)).filter((event) => event.startsWith("connected"));
        assert.deepEqual(events.sort(), seen);
      }
    });
  }
});
