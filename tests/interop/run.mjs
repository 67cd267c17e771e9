// Runs the suite: `node run.mjs [FILE]...`. What it tests is in the environment; see README.md.

import { run } from "./lib/run.mjs";

run(import.meta.dirname, ["chromium", "node", "chat", "restart", "checklist-lifetime", "js-2.2", "python"]);
