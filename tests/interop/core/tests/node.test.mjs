// npm `@microsoft/signalr` 10 in Node.

import { behaviours } from "../behaviours/index.mjs";
import { nodeEnvironment } from "../lib/environments.mjs";
import { suite } from "../lib/suite.mjs";

suite("JS 10 in node", { open: nodeEnvironment, behaviours });
