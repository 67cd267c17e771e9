// Every line of the specification's checklist (section 7) is the name of a test.

import assert from "node:assert/strict";
import fs from "node:fs";
import { describe, it } from "node:test";

const LINES = 63;
const here = new URL("..", import.meta.url);

describe("coverage", () => {
  it("every line of the checklist is a named test", () => {
    const names = [];
    for (const folder of ["tests/", "behaviours/"]) {
      for (const file of fs.readdirSync(new URL(folder, here))) {
        const text = fs.readFileSync(new URL(folder + file, here), "utf8");
        names.push(...[...text.matchAll(/^ {4}name: "([^"]+)"/gm)].map((match) => match[1]));
      }
    }
    const lines = Array.from({ length: LINES }, (_, n) => `7.${n + 1}`);
    assert.deepEqual(lines.filter((line) => !names.some((name) => name.split(" ").includes(line))), []);
  });
});
