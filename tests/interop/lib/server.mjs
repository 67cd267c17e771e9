// The server under test: started by the suite (SERVER), or running already (BASE).

import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { Events } from "./events.mjs";
import { until } from "./until.mjs";

const HOW = 'give the command that starts it in SERVER, e.g. SERVER=\'["./conformance-server","--listen","127.0.0.1:0"]\'';
const START_MS = 30_000;
const DRAIN_MS = 20_000;

/** Whether the tests that kill and start the server can run; without ALLOW_NO_RESTART they fail instead, clearly. */
export const restartIsWaived = () => !process.env.SERVER && process.env.ALLOW_NO_RESTART === "1";

/** The server of one test file. Each file has its own when the suite starts it, so files can run side by side. */
export async function conformanceServer() {
  if (process.env.SERVER) return await startProgram(argv("SERVER"));
  if (process.env.BASE) return new Server({ base: process.env.BASE.replace(/\/$/, "") });
  throw new Error(`no server to test: ${HOW}, or the address of a running one in BASE`);
}

/**
 * Starts a program by its argv list on a free port; it prints its address. `words(folder)` gives it further arguments,
 * for what it keeps in a folder that goes when it is stopped; by default the file of its signing key.
 */
export async function startProgram(command, { words = keyFile } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hubs-interop-"));
  const server = new Server({ command, words, folder });
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

const keyFile = (folder) => ["--key-file", path.join(folder, "signing.key")];

/** A command as an argv list from the environment. */
export function argv(name) {
  const text = process.env[name];
  if (!text) throw new Error(`${name} is not set: it holds a command as a JSON list of its words`);
  let list;
  try {
    list = JSON.parse(text);
  } catch {
    list = undefined;
  }
  if (!Array.isArray(list) || !list.length || list.some((item) => typeof item !== "string")) {
    throw new Error(`${name} must be a JSON list of strings, the program and its arguments; it is ${text}`);
  }
  return list;
}

class Server {
  #command;
  #words;
  #child;
  #output = "";
  #leave = () => this.#child?.kill("SIGKILL");

  constructor({ base, command, words, folder }) {
    this.base = base;
    this.folder = folder;
    this.#command = command;
    this.#words = words;
    this.events = new Events(this);
    process.on("exit", this.#leave);
  }

  get url() {
    return new URL(this.base);
  }

  /** Starts the program, on the port that it had before if it had one; `key` takes another signing key. */
  async start(options) {
    const deadline = Date.now() + START_MS;
    for (;;) {
      try {
        return await this.#launch(options);
      } catch (error) {
        // While it was away another process may have used its port for a moment.
        if (!this.base || !/in use/i.test(error.message) || Date.now() > deadline) throw error;
      }
    }
  }

  async #launch({ key } = {}) {
    const address = this.base ? `127.0.0.1:${this.url.port}` : "127.0.0.1:0";
    const [program, ...given] = this.#command;
    const further = key ? ["--key-file", path.join(this.folder, `${key}.key`)] : this.#words(this.folder);
    const words = [...without(given, "--listen"), ...further, "--listen", address];
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    this.#output = "";
    let failure;
    let printed = "";
    child.on("error", (error) => (failure = error));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => (this.#output = (this.#output + text).slice(-20_000)));
    }
    // The log may name addresses too, so only what it prints counts.
    child.stdout.on("data", (text) => (printed = (printed + text).slice(0, 20_000)));
    const said = await until(
      () => `${program} to print its address; it printed ${this.#output || "nothing"}`,
      () => {
        if (failure) throw new Error(`cannot start ${program}: ${failure.message}`);
        if (child.exitCode !== null || child.signalCode) throw new Error(`${program} ended: ${this.#output}`);
        return /http:\/\/[\w.[\]-]+:\d+/.exec(printed);
      },
      START_MS,
    );
    this.base = said[0];
  }

  /** Ends it as a crash does. */
  async kill() {
    await this.#end("SIGKILL");
  }

  /** Ends it as an operator does; it drains first. */
  async drain() {
    await this.#end("SIGTERM");
  }

  /** Fails with a clear text where the suite does not hold the server's reins. */
  needsRestart() {
    if (!this.#command) throw new Error(`this test kills and starts the server: ${HOW}, or set ALLOW_NO_RESTART=1`);
  }

  async stop() {
    await this.events.stop();
    if (!this.#command) return;
    await this.#end("SIGKILL");
    process.removeListener("exit", this.#leave);
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  get output() {
    return this.#output;
  }

  async #end(signal) {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode || child.pid === undefined) return;
    const gone = once(child, "exit");
    child.kill(signal);
    const hard = setTimeout(() => child.kill("SIGKILL"), DRAIN_MS);
    await gone;
    clearTimeout(hard);
  }
}

function without(words, option) {
  const at = words.indexOf(option);
  return at < 0 ? words : [...words.slice(0, at), ...words.slice(at + 2)];
}
