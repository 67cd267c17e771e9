// Checklist, "Client calls": lines 36 to 39. Whom each selector reaches (36) is among the behaviours too, with the real
// client; here over every transport at once.

import assert from "node:assert/strict";

import { checklist } from "../lib/checklist.mjs";
import { TRANSPORTS } from "../lib/raw.mjs";
import { until, word } from "../lib/until.mjs";

checklist("client calls", [
  {
    name: "11.36 every selector reaches exactly whom it should, on three transports at once",
    async run(bench) {
      const user = word("ann");
      const opened = TRANSPORTS.map((transport, n) => bench.open({ transport, user: n === 0 ? user : undefined }));
      const [a, b, c] = await Promise.all(opened);
      const parties = { a, b, c };
      const [red, blue, prefix] = [word("red"), word("blue"), word("to")];
      await b.call("Join", red);
      await c.call("Join", red);
      await c.call("Join", blue);
      const table = [
        ["All", [], "abc"], ["AllExcept", [[a.id, c.id]], "b"], ["Caller", [], "a"], ["Others", [], "bc"],
        ["Client", [b.id], "b"], ["Clients", [[b.id, c.id]], "bc"], ["Group", [red], "bc"], ["GroupExcept", [red, [c.id]], "b"],
        ["Groups", [[red, blue]], "bc"], ["OthersInGroup", [red], "bc"], ["User", [user], "a"], ["Users", [[user, "nobody"]], "a"],
      ];
      for (const [method, args] of table) await a.call(method, ...args, `${prefix} ${method}`);
      await a.call("All", `${prefix} end`);
      for (const [name, wire] of Object.entries(parties)) {
        await wire.hears(`${prefix} end`);
        const heard = wire.heard().filter((text) => text.startsWith(prefix)).sort();
        const expected = table.filter(([, , who]) => who.includes(name)).map(([method]) => `${prefix} ${method}`);
        assert.deepEqual(heard, [...expected, `${prefix} end`].sort(), name);
      }
    },
  },
  {
    name: "11.37 a connection hears nothing of a hub that it did not list, not even as the caller",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport, hubs: ["second"] });
        const unheard = word("unheard");
        const invoke = (M, ...A) => wire.invoke({ H: "conformance", M, A });
        await invoke("Caller", unheard);
        await invoke("All", unheard);
        await invoke("Client", wire.id, unheard);
        const heard = word("heard");
        await wire.call("SayAll", heard);
        await until("the hub that it listed", () => wire.heard("hear").includes(heard));
        assert.deepEqual(wire.heard("Receive"), []);
      }
    },
  },
  {
    name: "11.38 H is the registered name of the hub and M the exact name of the method",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const wire = await bench.open({ transport, hubs: ["CONFORMANCE", "SECOND"] });
        const text = word("exact");
        await wire.invoke({ H: "ConFormance", M: "CALLER", A: [text] });
        await wire.hears(text);
        assert.deepEqual(wire.messages.find((message) => message.A[0] === text), { H: "conformance", M: "Receive", A: [text] });
      }
    },
  },
  {
    name: "11.39 calls through one selector arrive in order",
    async run(bench) {
      for (const transport of TRANSPORTS) {
        const [hearer, sender] = [await bench.open({ transport }), await bench.open()];
        const prefix = word("order");
        const texts = Array.from({ length: 50 }, (_, n) => `${prefix} ${n}`);
        // Not awaited one by one: calls on one socket begin in the order of their frames.
        await Promise.all(texts.map((text) => sender.call("Client", hearer.id, text)));
        await hearer.hears(texts.at(-1));
        assert.deepEqual(hearer.heard().filter((text) => text.startsWith(prefix)), texts);
        await hearer.call("Three", prefix);
        await hearer.hears(`${prefix} 3`);
        const places = [1, 2, 3].map((n) => hearer.heard().lastIndexOf(`${prefix} ${n}`));
        assert.deepEqual(places, [...places].sort((a, b) => a - b));
      }
    },
  },
]);
