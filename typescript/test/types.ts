// Compiled, never run: what an application writes has the types it expects.
import { HttpTransportType, HubConnection, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";

import { StorageTokenStore, withSignedRejoin, type RejoinResult, type SignedRejoinConnection } from "../dist/index.js";

const connection: SignedRejoinConnection = withSignedRejoin(new HubConnectionBuilder(), {
  store: new StorageTokenStore(sessionStorage),
})
  .withUrl("/chat", HttpTransportType.WebSockets)
  .withUrl("/chat", { accessTokenFactory: () => "token" })
  .withUrl("/chat")
  .configureLogging(LogLevel.Warning)
  .configureLogging("warn")
  .withAutomaticReconnect([0, 1000])
  .withAutomaticReconnect()
  .withStatefulReconnect()
  .withServerTimeout(30_000)
  .build();
const plain: HubConnection = connection;
connection.onrestored((result: RejoinResult) => void (result.restored ? result.groups.length : result.reason));
// @ts-expect-error: no plain connection has it.
plain.onrestored(() => undefined);
