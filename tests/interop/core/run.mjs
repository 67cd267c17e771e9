// Runs the suite: `node run.mjs [FILE]...`. What it tests is in the environment; see README.md.

import { run } from "../lib/run.mjs";

run(import.meta.dirname, ["node", "chromium", "python"]);
