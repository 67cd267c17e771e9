/**
 * Keeps the rejoin token of each hub URL. A token is a capability: whoever has it, and is the same user, gets the groups. It belongs
 * where a page's own secrets are.
 *
 * A store that fails does not stop the connection: what cannot be loaded counts as no token.
 */
export interface TokenStore {
  /** The token saved last for the URL. */
  load(url: string): string | null | undefined | Promise<string | null | undefined>;
  /** Saves a token; `null` forgets it. Calls for one URL come in order, the next when the one before has ended. */
  save(url: string, token: string | null): void | Promise<void>;
}

/** Keeps tokens as long as it lives itself. The default: each connection has its own. */
export class MemoryTokenStore implements TokenStore {
  readonly #tokens = new Map<string, string>();

  load(url: string): string | null {
    return this.#tokens.get(url) ?? null;
  }

  save(url: string, token: string | null): void {
    if (token === null) this.#tokens.delete(url);
    else this.#tokens.set(url, token);
  }
}

/**
 * Keeps tokens in a page's `sessionStorage`, so that they survive a reload. `localStorage` works too, but there the tabs of a browser
 * share a token, which is good once: all but one would not be restored.
 */
export class StorageTokenStore implements TokenStore {
  readonly #storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  readonly #prefix: string;

  constructor(storage: Pick<Storage, "getItem" | "setItem" | "removeItem">, prefix = "signed-rejoin:") {
    this.#storage = storage;
    this.#prefix = prefix;
  }

  load(url: string): string | null {
    return this.#storage.getItem(this.#prefix + url);
  }

  save(url: string, token: string | null): void {
    if (token === null) this.#storage.removeItem(this.#prefix + url);
    else this.#storage.setItem(this.#prefix + url, token);
  }
}
