import type { HubConnection } from "@microsoft/signalr";

import type { TokenStore } from "./store.js";

/** What became of the groups after a handshake. */
export interface RejoinResult {
  /** Whether the groups of the token are joined again. */
  restored: boolean;
  /** The groups that the connection is in now. */
  groups: string[];
  /**
   * Why they are not restored, in the server's words; `"unsupported"` where it knows nothing of signed rejoin. The first start of a
   * connection has no token to hand back and is not restored either.
   */
  reason?: string;
}

/**
 * A `HubConnection` that asks for its groups after each handshake: on `start()`, which resolves when the answer is there, and on each
 * automatic reconnect, before the callbacks of `onreconnected` run.
 */
export interface SignedRejoinConnection extends HubConnection {
  /**
   * Registers a callback for the answer. It runs after every handshake, restored or not, before `start()` resolves and before any
   * callback of `onreconnected`.
   */
  onrestored(callback: (result: RejoinResult) => void): void;
  /** The answer to the last handshake; `undefined` before the first one. */
  readonly lastRejoin: RejoinResult | undefined;
}

const REJOIN = "$rejoin";
const TOKEN = "$token";
/** How the server says that it has no such method (section 3.7). */
const UNKNOWN = /Method does not exist\.$|^Unknown hub method /;

/** Adds signed rejoin to a connection that has not been started. */
export function addSignedRejoin(connection: HubConnection, store: TokenStore): SignedRejoinConnection {
  const tokens = new Tokens(store);
  const restoredCallbacks: ((result: RejoinResult) => void)[] = [];
  const reconnectedCallbacks: ((connectionId?: string) => void)[] = [];
  let lastRejoin: RejoinResult | undefined;

  // Resolves to whether the connection is still the one that was asked about.
  async function rejoin(): Promise<boolean> {
    const url = connection.baseUrl;
    // Without an `await` where the token is at hand: nothing of the application's may leave before it.
    const held = tokens.held(url);
    const token = held === undefined ? await tokens.load(url) : held;
    const answer = tokens.mark(url);
    let result: RejoinResult;
    try {
      const { restored, groups, reason, token: next } = await connection.invoke<Answer>(REJOIN, token);
      // The old token is spent, so that none is better than it.
      answer.accept(next ?? null);
      result = { restored: restored === true, groups: groups ?? [] };
      if (typeof reason === "string") result.reason = reason;
    } catch (error) {
      // The connection is gone. If it comes back, so does the question.
      if (!isConnected(connection)) return false;
      const text = error instanceof Error ? error.message : String(error);
      result = { restored: false, groups: [], reason: UNKNOWN.test(text) ? "unsupported" : text };
    }
    lastRejoin = result;
    for (const callback of restoredCallbacks) guarded("onrestored", () => callback.call(connection, result));
    return isConnected(connection);
  }

  connection.on(TOKEN, (token: unknown) => {
    if (typeof token === "string") tokens.replace(connection.baseUrl, token);
  });

  const start = connection.start.bind(connection);
  connection.onreconnected((connectionId) => {
    void rejoin().then((alive) => {
      if (!alive) return;
      for (const callback of reconnectedCallbacks) {
        guarded("onreconnected", () => callback.call(connection, connectionId));
      }
    });
  });

  return Object.defineProperties(connection as SignedRejoinConnection, {
    start: {
      value: async () => {
        // Before the handshake, so that the question is the first message after it.
        await tokens.load(connection.baseUrl);
        await start();
        await rejoin();
      },
    },
    onreconnected: {
      value: (callback: (connectionId?: string) => void) => {
        if (callback) reconnectedCallbacks.push(callback);
      },
    },
    onrestored: {
      value: (callback: (result: RejoinResult) => void) => {
        if (callback) restoredCallbacks.push(callback);
      },
    },
    lastRejoin: { get: () => lastRejoin },
  });
}

interface Answer {
  restored?: boolean;
  groups?: string[] | null;
  reason?: string | null;
  token?: string | null;
}

function isConnected(connection: HubConnection): boolean {
  return (connection.state as string) === "Connected";
}

/** As the client itself does: a callback that fails stops neither the others nor the connection. */
function guarded(event: string, callback: () => void): void {
  try {
    callback();
  } catch (error) {
    console.error(`A callback of ${event} failed.`, error);
  }
}

/** The tokens at hand, and the store behind them. */
class Tokens {
  readonly #store: TokenStore;
  readonly #held = new Map<string, string | null>();
  #replaced = 0;
  #saving: Promise<void> = Promise.resolve();

  constructor(store: TokenStore) {
    this.#store = store;
  }

  /** What is at hand; `undefined` if the store has not been asked. */
  held(url: string): string | null | undefined {
    return this.#held.get(url);
  }

  async load(url: string): Promise<string | null> {
    const held = this.#held.get(url);
    if (held !== undefined) return held;
    let token: string | null = null;
    try {
      token = (await this.#store.load(url)) ?? null;
    } catch (error) {
      console.error("The rejoin token could not be loaded.", error);
    }
    // One may have come meanwhile, and is newer.
    if (!this.#held.has(url)) this.#held.set(url, token);
    return this.#held.get(url) ?? null;
  }

  replace(url: string, token: string | null): void {
    this.#replaced += 1;
    this.#held.set(url, token);
    this.#saving = this.#saving
      .then(() => this.#store.save(url, token))
      .catch((error: unknown) => console.error("The rejoin token could not be saved.", error));
  }

  /**
   * To be taken before the question is put. The token of its answer counts only if no newer one came in a `$token` behind it: the client
   * hands out results later than it runs handlers.
   */
  mark(url: string): { accept(token: string | null): void } {
    const before = this.#replaced;
    return {
      accept: (token) => {
        if (this.#replaced === before) this.replace(url, token);
      },
    };
  }
}
