// Every line of the specification's checklist that binds, and every line of its section 13, is the name of a test.

import assert from "node:assert/strict";
import fs from "node:fs";
import { describe, it } from "node:test";

const here = new URL("..", import.meta.url);

/** Does not bind by 13.1 (62), or needs a client that is not to be had everywhere (71). */
const NOT_BINDING = [62, 71];
const LINES = 72;

const OURS = [
  // 13.1, by the section that tells the original's way.
  ...["4.2", "4.4", "4.5", "4.6", "5.2", "2.1", "5.4", "5.5", "3.5", "1.10", "1.9", "2.3", "1.1", "2.4"].map((row) => `13.1 (${row})`),
  "13.1 foreverFrame",
  ...["13.2.1", "13.2.2", "13.2.3", "13.2.4", "13.2.5", "13.2.6", "13.3", "13.4", "13.5", "13.6", "13.7"],
];

/** The names of all tests: the strings after `name:` and the keys that python.test.mjs makes names of. */
function names() {
  const found = [];
  for (const folder of ["tests/", "behaviours/"]) {
    for (const file of fs.readdirSync(new URL(folder, here))) {
      if (file === "coverage.test.mjs") continue;
      const text = fs.readFileSync(new URL(folder + file, here), "utf8");
      found.push(...text.matchAll(/(?:name: |comesBack\(|^ {2})["`]([^"`]+)["`]/gm));
    }
  }
  return found.map((match) => match[1]);
}

describe("coverage", () => {
  const all = names();
  const named = (label) => all.some((name) => new RegExp(`(^|[ ,])${label.replace(/[.()]/g, "\\$&")}(?![\\d.])`).test(name));

  it("every binding line of the checklist is a named test", () => {
    const lines = Array.from({ length: LINES }, (_, n) => n + 1).filter((line) => !NOT_BINDING.includes(line));
    assert.deepEqual(lines.filter((line) => !named(`11.${line}`)), []);
  });

  it("every line of section 13 is a named test", () => {
    assert.deepEqual(OURS.filter((label) => !named(label)), []);
  });
});
