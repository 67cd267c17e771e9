// npm `signalr` 2.2.3, which speaks protocol 1.5 and takes no other (checklist, 72).

import assert from "node:assert/strict";

import { calls } from "../behaviours/calls.mjs";
import { links } from "../behaviours/links.mjs";
import { selectors } from "../behaviours/selectors.mjs";
import { start } from "../behaviours/start.mjs";
import { chromiumEnvironment } from "../lib/client-chromium.mjs";
import { nodeEnvironment } from "../lib/client-node.mjs";
import { suite } from "../lib/suite.mjs";

const speaksItsVersion = {
  name: "11.72 it negotiates protocol 1.5",
  async run(world) {
    const a = await world.client();
    assert.ok(a.proxy.count("clientProtocol=1.5") > 0);
    assert.equal(a.proxy.count("clientProtocol=2"), 0);
  },
};

const behaviours = [speaksItsVersion, ...[...start, ...calls, ...selectors, ...links].filter((one) => one.basic)];
const library = { library: "signalr-2.2" };

suite("JS 2.2.3 in node", {
  open: async (base) => nodeEnvironment(base, library),
  behaviours,
});

suite("JS 2.2.3 in chromium", {
  open: (base) => chromiumEnvironment(base, library),
  behaviours,
});
