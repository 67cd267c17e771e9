// Which tests a suite has: its files are loaded as node's runner loads them, but with `stand-in.mjs` in the place of node:test, which
// writes down what is registered and runs nothing. So a name counts only if a test of that name really is registered.

import fs from "node:fs";
import { register } from "node:module";

import { registered } from "./stand-in.mjs";

const HOOKS = `export const resolve = (specifier, context, next) =>
  specifier === "node:test" ? { url: ${JSON.stringify(new URL("stand-in.mjs", import.meta.url).href)}, shortCircuit: true } : next(specifier, context);`;

/** The tests in `folder`, as `{ name, idle }`; `idle` says why one would not run, or is undefined. */
export async function testsIn(folder) {
  // What the waiver leaves out is left out of one run, not of the suite.
  delete process.env.ALLOW_NO_RESTART;
  register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
  for (const file of fs.readdirSync(folder)) {
    if (file.endsWith(".test.mjs") && file !== "coverage.test.mjs") await import(new URL(file, folder));
  }
  return registered;
}
