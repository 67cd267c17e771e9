// The JavaScript client in Node: jsdom gives it a window and XMLHttpRequest, `ws` and `eventsource` the sockets and
// streams.

import fs from "node:fs";
import { createRequire } from "node:module";

import { EventSource } from "eventsource";
import { JSDOM, VirtualConsole } from "jsdom";
import { WebSocket } from "ws";

import { faultProxy } from "./fault-proxy.mjs";

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
    await this.run("forget", key);
    this.#listeners.delete(key);
    // The abort that `forget` may have sent is let out before the window goes and takes its requests with it.
    await new Promise((resolve) => setTimeout(resolve, 20));
    this.#dom.window.close();
    await this.proxy.close();
  }
}
