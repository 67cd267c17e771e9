// How a folder of test files is run: both suites have a `run.mjs` of their own, which says where they are and which files are long.

import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

export function run(here, long) {
  // The long ones first, so that the short ones fill the gaps.
  const place = (file) => {
    const at = long.indexOf(path.basename(file, ".test.mjs"));
    return at < 0 ? long.length : at;
  };

  const given = process.argv.slice(2);
  const all = fs.readdirSync(path.join(here, "tests")).filter((name) => name.endsWith(".test.mjs")).map((name) => path.join("tests", name));
  const files = (given.length ? given : all).sort((one, other) => place(one) - place(other));

  if (!fs.existsSync(path.join(here, "node_modules", ".stamp")) || !fs.existsSync(path.join(here, ".venv", ".stamp"))) {
    console.error("interop: run ./setup.sh first");
    process.exit(1);
  }

  // A server that the suite starts itself is each file's own. One that runs already is shared, and its /events can be read
  // by one file at a time.
  const sideBySide = process.env.SERVER ? 3 : 1;

  const words = [
    "--test",
    `--test-concurrency=${sideBySide}`,
    "--test-reporter=./lib/reporter.mjs",
    "--test-reporter-destination=stdout",
    ...files,
  ];
  const child = spawn(process.execPath, words, { cwd: here, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code) => process.exit(code ?? 1));
}
