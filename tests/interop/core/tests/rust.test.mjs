// The crate `signalr-client` 0.3, a client of Rust: WebSockets, negotiate version 1.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";

import { conformanceServer } from "../../lib/server.mjs";
import { shared, until } from "../../lib/until.mjs";

const PROGRAM = new URL("../rust/target/debug/rust-client", import.meta.url).pathname;
const PATIENCE_MS = 110_000;
const CLIENT = "signalr-client 0.3 (Rust)";

/** name → the program's word for it. */
const BEHAVIOURS = {
  "opens; the connected event runs once, the disconnected one after it": "connect",
  "calls bring results of every kind": "call",
  "an object goes there and back, spelled as the encoding has it": "object",
  "errors arrive with their text": "error",
  "what is sent to a group arrives once and in order, until nobody listens": "receive",
  "a stream brings its items and ends": "stream",
  "a stream that breaks ends": "broken_stream",
  "a client result": "answer",
  "the token names the user": "user",
  "who has no token is not let in": "stranger",
  "clones of the client share its connection": "clones",
};

/** What it cannot do with any server: its answer is JSON text whatever the protocol. */
const LACKS = { messagepack: ["answer"] };

async function run(base, protocol, verb) {
  if (!fs.existsSync(PROGRAM)) throw new Error(`no program at ${PROGRAM}: run setup.sh (it needs cargo and OpenSSL's headers)`);
  try {
    const { stdout } = await promisify(execFile)(PROGRAM, [base, "WebSockets", protocol, verb], { timeout: PATIENCE_MS, killSignal: "SIGKILL" });
    return JSON.parse(stdout.trim().split("\n").at(-1));
  } catch (error) {
    throw new Error(error.stderr?.trim().split("\n").slice(-4).join("\n") || error.message);
  }
}

describe(CLIENT, { concurrency: 2 }, () => {
  const takeServer = shared(conformanceServer);
  after(async () => await (await takeServer.made())?.stop());
  for (const [name, verb] of Object.entries(BEHAVIOURS)) {
    for (const protocol of ["json", "messagepack"]) {
      if (LACKS[protocol]?.includes(verb)) continue;
      it(`${CLIENT} | WebSockets | ${protocol} | ${name}`, { timeout: 120_000 }, async () => {
        const server = await takeServer();
        const { id } = await run(server.base, protocol, verb);
        if (verb !== "connect") return;
        const events = async () => (await server.events.filter((event) => event.id === id)).map(({ event }) => event);
        await until("both events", async () => (await events()).length >= 2);
        assert.deepEqual(await events(), ["connected", "disconnected"]);
      });
    }
  }
});
