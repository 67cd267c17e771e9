// Waiting for something to become so, with a deadline. Nothing in this suite waits for time itself to pass, except
// where silence is the promise (`silence`).

/** Long, as a deadline is for what never comes: on a busy machine what comes is late. */
export const PATIENCE_MS = 30_000;
const STEP_MS = 15;

/** Resolves with the first truthy value of `test`; fails with `what` (text, or a function making one) when late. */
export async function until(what, test, patience = PATIENCE_MS) {
  const deadline = Date.now() + patience;
  for (;;) {
    const value = await test();
    if (value) return value;
    if (Date.now() > deadline) {
      const text = typeof what === "function" ? what() : what;
      throw new Error(`waited ${patience} ms for ${text}`);
    }
    await pause(STEP_MS);
  }
}

/** Holds that `test` stays falsy for so long; what it returns otherwise is the complaint. */
export async function silence(what, duration, test) {
  const end = Date.now() + duration;
  while (Date.now() < end) {
    const broken = await test();
    if (broken) throw new Error(`${what}: ${typeof broken === "string" ? broken : JSON.stringify(broken)}`);
    await pause(STEP_MS);
  }
}

/** Fails when `promise` takes longer; the promise itself goes on. */
export function within(what, promise, patience = PATIENCE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${patience} ms for ${what}`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Something that many tests share, made by the first that asks. Where it cannot be made each of them fails and says why;
 * a failing `before` would leave them out of the count.
 */
export function shared(make) {
  let made;
  const take = () => (made ??= make());
  /** What was made, for those who end it; undefined if nothing was. */
  take.made = async () => await made?.catch(() => undefined);
  return take;
}

let words = 0;
/** A word that no other test says: the hub-wide selectors reach everybody, so each test listens for its own words. */
export const word = (hint = "w") => `${hint}-${process.pid}-${Date.now().toString(36)}-${(words += 1)}`;
