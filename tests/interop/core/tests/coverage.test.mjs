// Every line of the specification's checklist (section 7) is the name of a test that runs.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { testsIn } from "../../lib/names.mjs";

const LINES = 63;

const tests = await testsIn(new URL(".", import.meta.url));

describe("coverage", () => {
  it("every line of the checklist is a named test", () => {
    const lines = Array.from({ length: LINES }, (_, n) => `7.${n + 1}`);
    // What is skipped holds nothing, and says that it did.
    const lacking = lines.flatMap((line) => {
      const holding = tests.filter(({ name }) => name.split(" ").includes(line));
      if (!holding.length) return [line];
      return holding.filter(({ idle }) => idle).map(({ name, idle }) => `${line}: ${idle}: ${name}`);
    });
    assert.deepEqual(lacking, []);
  });
});
