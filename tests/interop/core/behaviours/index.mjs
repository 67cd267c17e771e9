// All behaviours: what a client of @microsoft/signalr does, once for each environment, transport and protocol.

import { calls } from "./calls.mjs";
import { links } from "./links.mjs";
import { rejoins } from "./rejoins.mjs";
import { results } from "./results.mjs";
import { starts } from "./starts.mjs";
import { stateful } from "./stateful.mjs";
import { streams } from "./streams.mjs";
import { targets } from "./targets.mjs";

export const behaviours = [...starts, ...calls, ...streams, ...results, ...targets, ...links, ...stateful, ...rejoins];
