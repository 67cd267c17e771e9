// Stands in for node:test where tests are counted and not run: see names.mjs. A test file that uses more of node:test than this fails to load.

/** What was registered, as `{ name, idle }`: `idle` says why it would not run. */
export const registered = [];

/** Why the groups around what is being registered would not run. */
let around;

const idleBy = (options, kind) => kind ?? (options.skip ? "skip" : options.todo ? "todo" : undefined);

function group(kind, name, ...rest) {
  const { options, run } = parts(rest);
  const before = around;
  around ??= idleBy(options, kind);
  const promise = run?.();
  around = before;
  if (promise?.then) throw new Error(`${name}: a group that registers its tests later is not counted`);
}

function test(kind, name, ...rest) {
  const { options, run } = parts(rest);
  // Without a function it passes and does nothing; with a context it may leave itself out when it runs.
  const none = run ? (run.length ? "takes a context, with which it may skip itself" : undefined) : "no function";
  registered.push({ name, idle: around ?? idleBy(options, kind) ?? none });
}

const parts = (rest) => ({
  options: rest.find((part) => part && typeof part === "object") ?? {},
  run: rest.find((part) => typeof part === "function"),
});

const withKinds = (add) => Object.assign(add.bind(null, undefined), {
  skip: add.bind(null, "skip"),
  todo: add.bind(null, "todo"),
  only: add.bind(null, undefined),
});

export const describe = withKinds(group);
export const it = withKinds(test);
export const after = () => undefined;
