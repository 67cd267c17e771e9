// The JavaScript client in headless Chromium. One browser for a test file; pages are used again, each behind a proxy of
// its own and served from that proxy's address, so that a page is of the same origin as "its" server.

import fs from "node:fs";

import { chromium } from "playwright-core";

import { forget, scriptsOf } from "./client-node.mjs";
import { faultProxy } from "./fault-proxy.mjs";

const EXECUTABLE = process.env.CHROMIUM || "/usr/bin/chromium";
const PAGE = "<!doctype html><html><head><title>interop</title></head><body></body></html>";
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // All pages are of one site; a process for each would cost more than the tests themselves.
  "--renderer-process-limit=3",
  // A page that is not in front would have its timers slowed down.
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--disable-backgrounding-occluded-windows",
  // The page on another origin asks for loopback addresses.
  "--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessChecks",
];

/** Starts the browser, or says clearly that there is none. */
export async function launchChromium() {
  if (!fs.existsSync(EXECUTABLE)) {
    throw new Error(`no browser at ${EXECUTABLE}: install chromium, or name it in CHROMIUM`);
  }
  return await chromium.launch({ executablePath: EXECUTABLE, headless: true, args: ARGUMENTS });
}

export async function chromiumEnvironment(base, { library = "signalr" } = {}) {
  const browser = await launchChromium();
  const context = await browser.newContext();
  const idle = [];
  const all = [];
  return {
    name: "chromium",
    /** A page as in client-node.mjs; those of the usual origin and server are used again. */
    page: async ({ origin, target } = {}) => {
      if (origin || target) return await ChromiumPage.open(context, target ?? base, library, { origin });
      const page = idle.pop() ?? (await ChromiumPage.open(context, base, library, { idle }));
      if (!all.includes(page)) all.push(page);
      return page;
    },
    close: async () => {
      await browser.close();
      await Promise.all(all.map((page) => page.proxy.close()));
    },
  };
}

class ChromiumPage {
  #page;
  #idle;
  #listeners = new Map();
  #library;
  #origin;

  static async open(context, target, library, { origin, idle }) {
    const page = new ChromiumPage();
    page.#idle = idle;
    page.#library = library;
    page.proxy = await faultProxy(target);
    page.#origin = origin ?? page.proxy.url;
    page.#page = await context.newPage();
    await page.#page.exposeFunction("interopReport", (key, json) => page.#listeners.get(key)?.(JSON.parse(json)));
    await page.#page.route(`${page.#origin}/interop`, (route) => route.fulfill({ contentType: "text/html", body: PAGE }));
    await page.#load();
    return page;
  }

  async #load() {
    await this.#page.goto(`${this.#origin}/interop`);
    for (const path of scriptsOf(this.#library)) await this.#page.addScriptTag({ path });
  }

  listen(key, listener) {
    this.#listeners.set(key, listener);
  }

  async run(verb, ...args) {
    return await this.#page.evaluate(([name, list]) => window.interopAgent[name](...list), [verb, args]);
  }

  async release(key) {
    this.proxy.rule = undefined;
    this.proxy.heal();
    await forget(this, key);
    this.#listeners.delete(key);
    if (!this.#idle) {
      await this.#page.close();
      await this.proxy.close();
      return;
    }
    // A fresh document for the next one: the generated script changes the library's globals.
    await this.#load();
    this.proxy.requests.length = 0;
    this.#idle.push(this);
  }
}
