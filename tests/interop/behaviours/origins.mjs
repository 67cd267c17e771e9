// A page that is not on the server's origin: redirected there by somebody else's negotiate, with a bearer token.

import assert from "node:assert/strict";
import http from "node:http";

import { until, word } from "../lib/until.mjs";

const ORIGIN = "http://app.example";

/** Answers negotiate as a hosted service does: go there, with this token. */
async function redirector(target, token) {
  const server = http.createServer((request, response) => {
    const body = JSON.stringify({ ProtocolVersion: "2.0", RedirectUrl: target, AccessToken: token });
    response.writeHead(200, {
      "Content-Type": "application/json; charset=UTF-8",
      "Access-Control-Allow-Origin": ORIGIN,
      "Access-Control-Allow-Credentials": "true",
    });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => new Promise((resolve) => {
    server.closeAllConnections();
    server.close(resolve);
  });
  return { url: `http://127.0.0.1:${server.address().port}/anywhere`, close };
}

export const origins = [
  {
    name: "11.68 a redirected page on another origin brings its token as header and in the query",
    async run(world) {
      const user = word("ann");
      const a = await world.page({ origin: ORIGIN });
      const redirect = await redirector(`${a.proxy.url}/signalr`, user);
      try {
        const hubs = { conformance: ["Receive"] };
        await a.create({ url: redirect.url, hubs });
        const { transport } = await a.start(world.transport);
        assert.equal(transport, world.transport);
        assert.equal(await a.call("UserName"), user);
        const text = word("told");
        await a.call("User", user, text);
        await a.hears(text);
        a.proxy.down();
        await until("the page to notice", () => a.states.at(-1) === "reconnecting" || a.count("error") > 0);
        a.proxy.heal();
        await a.sees("reconnected");
        const again = word("again");
        await a.call("User", user, again);
        await a.hears(again);
      } finally {
        await redirect.close();
      }
    },
  },
];
