import type { HubConnectionBuilder } from "@microsoft/signalr";

import { addSignedRejoin, type SignedRejoinConnection } from "./connection.js";
import { MemoryTokenStore, type TokenStore } from "./store.js";

/** What {@link withSignedRejoin} may be told. */
export interface SignedRejoinOptions {
  /** Where tokens are kept. By default in memory, for each connection on its own: they do not survive a reload of the page. */
  store?: TokenStore;
}

/** Every method of a builder that returns the builder, returning this one instead. */
type Chained<Method> = Method extends {
  (...args: infer A1): HubConnectionBuilder;
  (...args: infer A2): HubConnectionBuilder;
  (...args: infer A3): HubConnectionBuilder;
}
  ? { (...args: A1): SignedRejoinBuilder; (...args: A2): SignedRejoinBuilder; (...args: A3): SignedRejoinBuilder }
  : Method;

/** A `HubConnectionBuilder` whose connections bring their groups back by themselves. */
export type SignedRejoinBuilder = {
  [Name in Exclude<keyof HubConnectionBuilder, "build">]: Chained<HubConnectionBuilder[Name]>;
} & {
  /** Builds a connection; see {@link SignedRejoinConnection}. */
  build(): SignedRejoinConnection;
};

/**
 * Returns a builder that does what `builder` does, and whose connections hand their rejoin token back after each handshake. The given
 * builder stays as it is: connections that it builds itself do nothing of the kind.
 *
 * ```ts
 * const connection = withSignedRejoin(new HubConnectionBuilder()).withUrl("/chat").withAutomaticReconnect().build();
 * connection.onrestored(({ restored, groups }) => restored || joinAgain());
 * await connection.start();
 * ```
 *
 * With a server that knows nothing of signed rejoin the connection works as without it.
 */
export function withSignedRejoin(builder: HubConnectionBuilder, options: SignedRejoinOptions = {}): SignedRejoinBuilder {
  const proxy: HubConnectionBuilder = new Proxy(builder, {
    get(target, name) {
      if (name === "build") return () => addSignedRejoin(target.build(), options.store ?? new MemoryTokenStore());
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const result: unknown = value.apply(target, args);
        return result === target ? proxy : result;
      };
    },
  });
  return proxy as unknown as SignedRejoinBuilder;
}
