// npm `@microsoft/signalr` 10 in headless Chromium.

import { behaviours } from "../behaviours/index.mjs";
import { chromiumEnvironment } from "../lib/environments.mjs";
import { suite } from "../lib/suite.mjs";

suite("JS 10 in chromium", { open: chromiumEnvironment, behaviours, waiting: 5, working: 3 });
