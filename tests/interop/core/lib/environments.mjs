// Where behaviours run: in this process, or in pages of headless Chromium. Each run has a link of its own before the server.

import fs from "node:fs";
import path from "node:path";

import { chromium } from "playwright-core";

import { faultProxy } from "../../lib/fault-proxy.mjs";
import { bridge } from "./bridge.mjs";
import { Kit } from "./kit.mjs";

const ROOT = path.join(import.meta.dirname, "..");
const REJOIN = path.join(ROOT, "../../../typescript/dist");

/** The libraries, as Node loads them. */
export async function nodeLibraries() {
  const signalR = (await import("@microsoft/signalr")).default;
  const { MessagePackHubProtocol } = (await import("@microsoft/signalr-protocol-msgpack")).default;
  const rejoin = await import(path.join(REJOIN, "index.js"));
  return { signalR, MessagePackHubProtocol, rejoin };
}

export async function nodeEnvironment() {
  const libraries = await nodeLibraries();
  return {
    name: "node",
    async run(server, behaviour, { transport, protocol }) {
      const proxy = await faultProxy(server.base);
      const node = bridge(server, proxy);
      const kit = new Kit({ ...libraries, base: proxy.url, transport, protocol, environment: "node", node });
      try {
        await behaviour.run(kit);
      } finally {
        await kit.end();
        await proxy.close();
      }
    },
    close: async () => undefined,
  };
}

const EXECUTABLE = process.env.CHROMIUM || "/usr/bin/chromium";
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
  // The page comes out of this process, so that the browser takes it for one of the public network.
  "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets,PrivateNetworkAccessChecks",
];

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript" };

/** What the pages load, by the first part of the path behind `/interop/`. */
const FOLDERS = {
  lib: path.join(ROOT, "lib"),
  behaviours: path.join(ROOT, "behaviours"),
  signalr: path.join(ROOT, "node_modules/@microsoft/signalr/dist/browser"),
  msgpack: path.join(ROOT, "node_modules/@microsoft/signalr-protocol-msgpack/dist/browser"),
  rejoin: REJOIN,
};

export async function chromiumEnvironment() {
  if (!fs.existsSync(EXECUTABLE)) throw new Error(`no browser at ${EXECUTABLE}: install chromium, or name it in CHROMIUM`);
  const browser = await chromium.launch({ executablePath: EXECUTABLE, headless: true, args: ARGUMENTS });
  const context = await browser.newContext();
  await context.route(/\/interop\//, async (route) => {
    const [folder, file] = new URL(route.request().url()).pathname.split("/").slice(2);
    const place = FOLDERS[folder] && path.join(FOLDERS[folder], path.basename(file));
    if (!place || !fs.existsSync(place)) return await route.fulfill({ status: 404 });
    return await route.fulfill({ contentType: TYPES[path.extname(place)], body: fs.readFileSync(place) });
  });
  return {
    name: "chromium",
    async run(server, behaviour, { transport, protocol }) {
      // The page is of the same origin as "its" server: the link before it.
      const proxy = await faultProxy(server.base);
      const page = await context.newPage();
      const trouble = [];
      page.on("pageerror", (error) => trouble.push(error.message));
      try {
        await page.exposeFunction("interopNode", bridge(server, proxy));
        await page.goto(`${proxy.url}/interop/lib/page.html`);
        const options = { base: proxy.url, transport, protocol, name: behaviour.name };
        const ready = () => typeof window.interopRun === "function";
        await page.waitForFunction(ready, undefined, { timeout: 30_000 }).catch(() => {
          throw new Error(`the page did not load: ${trouble.join("; ")}`);
        });
        const error = await page.evaluate((given) => window.interopRun(given), options);
        if (error) throw new Error(error);
      } finally {
        await page.close();
        await proxy.close();
      }
    },
    close: () => browser.close(),
  };
}
