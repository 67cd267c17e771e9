// The JavaScript client in Node: jsdom gives it a window and XMLHttpRequest, `ws` and `eventsource` the sockets and
// streams.

import fs from "node:fs";
import { createRequire } from "node:module";

import { EventSource } from "eventsource";
import { JSDOM, VirtualConsole } from "jsdom";
import { WebSocket } from "ws";

import { faultProxy } from "./fault-proxy.mjs";
import { pause, until } from "./until.mjs";

const ABORT = "/abort?";
const FAREWELL_MS = 500;
/** From the proxy to the server, where nothing tells of it. */
const FLUSH_MS = 10;

const require = createRequire(import.meta.url);
const read = (file) => fs.readFileSync(file, "utf8");

/** The scripts of a page, in their order. `library` is `signalr` or `signalr-2.2`. */
export const scriptsOf = (library) => [
  require.resolve("jquery/dist/jquery.js"),
  require.resolve(`${library}/jquery.signalR.js`),
  new URL("./agent.js", import.meta.url).pathname,
];

export function nodeEnvironment(base, { library = "signalr" } = {}) {
  return {
    name: "node",
    /** A page behind a proxy of its own. `origin` puts it elsewhere than on the server, `target` on another server. */
    page: async ({ origin, target = base } = {}) => await NodePage.open(target, library, origin),
    close: async () => {},
  };
}

/** In a browser an error that nobody listens for is nothing; an emitter of node would end the process. */
class BrowserSocket extends WebSocket {
  constructor(...args) {
    super(...args);
    this.on("error", () => {});
  }
}

class NodePage {
  #dom;
  #listeners = new Map();

  static async open(target, library, origin) {
    const page = new NodePage();
    page.proxy = await faultProxy(target);
    page.#dom = new JSDOM("<!doctype html><html><head></head><body></body></html>", {
      url: `${origin ?? page.proxy.url}/`,
      // The generated script is loaded by a script element, as a page does it.
      runScripts: "dangerously",
      resources: "usable",
      // What it says there is said in the tests' own words too.
      virtualConsole: new VirtualConsole(),
    });
    const { window } = page.#dom;
    window.WebSocket = BrowserSocket;
    window.EventSource = EventSource;
    window.interopReport = (key, json) => page.#listeners.get(key)?.(JSON.parse(json));
    for (const script of scriptsOf(library)) window.eval(read(script));
    return page;
  }

  listen(key, listener) {
    this.#listeners.set(key, listener);
  }

  async run(verb, ...args) {
    // Through JSON both ways, as it is in a browser: objects of one realm are not plain objects in the other.
    const value = await this.#dom.window.interopAgent[verb](...structuredClone(args));
    return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
  }

  async release(key) {
    await forget(this, key);
    this.#listeners.delete(key);
    this.#dom.window.close();
    await this.proxy.close();
  }
}

/** Ends a connection at the end of a test, and lets its abort out before what carries it goes. */
export async function forget(page, key) {
  const before = page.proxy.count(ABORT);
  if (!(await page.run("forget", key))) return;
  // A connection that was not up, or whose link is broken, sends none.
  await until("the abort", () => page.proxy.count(ABORT) > before, FAREWELL_MS).catch(() => {});
  await pause(FLUSH_MS);
}
