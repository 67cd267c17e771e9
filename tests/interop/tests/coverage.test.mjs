// Every line of the specification's checklist that binds, and every line of its section 13, is the name of a test that runs.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { testsIn } from "../lib/names.mjs";

/** Does not bind by 13.1 (62), or needs a client that is not to be had everywhere (71). */
const NOT_BINDING = [62, 71];
const LINES = 72;

const OURS = [
  // 13.1, by the section that tells the original's way.
  ...["4.2", "4.4", "4.5", "4.6", "5.2", "2.1", "5.4", "5.5", "3.5", "1.10", "1.9", "2.3", "1.1", "2.4"].map((row) => `13.1 (${row})`),
  "13.1 foreverFrame",
  ...["13.2.1", "13.2.2", "13.2.3", "13.2.4", "13.2.5", "13.2.6", "13.3", "13.4", "13.5", "13.6", "13.7"],
];

const tests = await testsIn(new URL(".", import.meta.url));

/** Those of these lines that no test holds, or that a test holds which would not run: what is skipped holds nothing, and says that it did. */
function lacking(labels) {
  return labels.flatMap((label) => {
    const pattern = new RegExp(`(^|[ ,])${label.replace(/[.()]/g, "\\$&")}(?![\\d.])`);
    const holding = tests.filter(({ name }) => pattern.test(name));
    if (!holding.length) return [label];
    return holding.filter(({ idle }) => idle).map(({ name, idle }) => `${label}: ${idle}: ${name}`);
  });
}

describe("coverage", () => {
  it("every binding line of the checklist is a named test", () => {
    const lines = Array.from({ length: LINES }, (_, n) => n + 1).filter((line) => !NOT_BINDING.includes(line));
    assert.deepEqual(lacking(lines.map((line) => `11.${line}`)), []);
  });

  it("every line of section 13 is a named test", () => {
    assert.deepEqual(lacking(OURS), []);
  });
});
