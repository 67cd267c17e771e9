// PyPI `pysignalr` 1.3 and `signalrcore` 1.0, independent clients of negotiate version 0 (appendix A).

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";

import { conformanceServer } from "../../lib/server.mjs";
import { shared, until } from "../../lib/until.mjs";

const PYTHON = new URL("../.venv/bin/python", import.meta.url).pathname;
const SCRIPT = new URL("../python/behaviours.py", import.meta.url).pathname;
const PATIENCE_MS = 110_000;

/** name → the script's word for it. */
const BEHAVIOURS = {
  "opens; the connected event runs once, the disconnected one after it": "connect",
  "calls bring results of every kind, null and nothing": "call",
  "errors arrive with their text": "error",
  "what is sent to a group arrives once and in order": "receive",
  "a stream brings its items and ends": "stream",
  "an upload is taken": "upload",
  "the token names the user": "user",
  "a client result": "answer",
};

const CLIENTS = {
  pysignalr: { label: "pysignalr 1.3", cells: [["WebSockets", "json"], ["WebSockets", "messagepack"]], lacks: {} },
  signalrcore: {
    label: "signalrcore 1.0",
    cells: [["WebSockets", "json"], ["WebSockets", "messagepack"], ["ServerSentEvents", "json"], ["LongPolling", "json"]],
    lacks: {
      // It has no client results.
      "": ["answer"],
      // And these it cannot do with the original server either: an upload in messagepack is malformed; over long polling it loses
      // answers and does not send its token.
      "WebSockets messagepack": ["upload"],
      "LongPolling json": ["stream", "receive", "user"],
    },
  },
};

async function run(client, base, transport, protocol, verb) {
  if (!fs.existsSync(PYTHON)) throw new Error(`no Python clients at ${PYTHON}: run setup.sh (it needs python3 with venv)`);
  try {
    const words = [SCRIPT, client, base, transport, protocol, verb];
    const { stdout } = await promisify(execFile)(PYTHON, words, { timeout: PATIENCE_MS, killSignal: "SIGKILL" });
    return JSON.parse(stdout.trim().split("\n").at(-1));
  } catch (error) {
    throw new Error(error.stderr?.trim().split("\n").slice(-4).join("\n") || error.message);
  }
}

for (const [client, { label, cells, lacks }] of Object.entries(CLIENTS)) {
  describe(label, { concurrency: 2 }, () => {
    const takeServer = shared(conformanceServer);
    after(async () => await (await takeServer.made())?.stop());
    for (const [name, verb] of Object.entries(BEHAVIOURS)) {
      for (const [transport, protocol] of cells) {
        if (["", `${transport} ${protocol}`].some((cell) => lacks[cell]?.includes(verb))) continue;
        it(`${label} | ${transport} | ${protocol} | ${name}`, { timeout: 120_000 }, async () => {
          const server = await takeServer();
          const { id } = await run(client, server.base, transport, protocol, verb);
          if (verb !== "connect") return;
          const events = async () => (await server.events.filter((event) => event.id === id)).map(({ event }) => event);
          await until("both events", async () => (await events()).length >= 2, 30_000);
          assert.deepEqual(await events(), ["connected", "disconnected"]);
        });
      }
    }
  });
}
