// What a behaviour asks of the test's own process, wherever the behaviour itself runs.

import { request } from "../../lib/http.mjs";

/** The operations of one test: its link to the server, and the server from outside. */
export function bridge(server, proxy) {
  let refuse = [];
  proxy.rule = (line) => {
    const at = refuse.findIndex((text) => line.includes(text));
    if (at < 0) return undefined;
    refuse.splice(at, 1);
    return "refuse";
  };
  const operations = {
    cut: () => proxy.cut(),
    down: () => proxy.down(),
    heal: () => proxy.heal(),
    silence: () => proxy.silence(),
    /** The next request with this text in its line gets 403. */
    refuse: (text) => void refuse.push(text),
    requests: () => proxy.requests,
    events: async (id) => (await server.events.filter((event) => event.id === id)).map(({ event, error }) => [event, error ?? null]),
    push: async (to, name, message) => {
      const body = JSON.stringify({ hub: "core", to, name, message });
      const answer = await request(server.base, "POST", "/push", { headers: { "Content-Type": "application/json" }, body });
      if (answer.status !== 202) throw new Error(`POST /push: ${answer.status} ${answer.text}`);
    },
    ask: async (id) => {
      const answer = await request(server.base, "POST", `/ask/${id}`);
      return [answer.status, answer.text];
    },
    kill: () => server.kill(),
    start: () => server.start(),
  };
  return async (operation, ...args) => {
    if (!(operation in operations)) throw new Error(`no operation ${operation}`);
    return await operations[operation](...args);
  };
}
