// npm `signalr` 2.4.3 with jQuery 3.7 in headless Chromium.

import { calls } from "../behaviours/calls.mjs";
import { links } from "../behaviours/links.mjs";
import { origins } from "../behaviours/origins.mjs";
import { raw } from "../behaviours/raw.mjs";
import { restarts } from "../behaviours/restarts.mjs";
import { selectors } from "../behaviours/selectors.mjs";
import { start } from "../behaviours/start.mjs";
import { chromiumEnvironment } from "../lib/client-chromium.mjs";
import { suite } from "../lib/suite.mjs";

suite("JS 2.4.3 in chromium", {
  open: chromiumEnvironment,
  behaviours: [...start, ...calls, ...selectors, ...raw, ...origins, ...links, ...restarts],
});
