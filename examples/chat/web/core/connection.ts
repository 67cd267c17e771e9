// The second page's way to the server: @microsoft/signalr with MessagePack, and the groups back by a signed token.
//
// A link that breaks comes back in one of three ways, the best that there is:
// 1. mended: the same connection over a new WebSocket, nothing lost (stateful reconnect), as long as the server keeps it (30 s);
// 2. restored: a new connection, in the rooms of the token that it hands back (signed rejoin), also after a kill of the server;
// 3. joined anew: where the server refuses the token.

import {
  HubConnectionBuilder,
  HubConnectionState,
  LogLevel,
  type IRetryPolicy,
  type ISubscription,
  type RetryContext,
} from "@microsoft/signalr";
import { MessagePackHubProtocol } from "@microsoft/signalr-protocol-msgpack";
import { withSignedRejoin, type RejoinResult } from "hubs-signed-rejoin";

import { CallError, type PageConnection, type PageEvents } from "../page.js";

/** Shorter than the server keeps a connection whose link broke. */
const MENDING_MS = 25_000;
const PROBE_MS = 250;
const RETRY_MS = [0, 500, 1000, 2000, 3000];

/** What this page hears beyond what both pages do. */
export interface CoreEvents extends PageEvents {
  /** The server asks the person here. */
  confirm(question: string): Promise<boolean>;
  /** What became of the connection, for those who like to watch. */
  happened(what: string): void;
}

/** What this page can do beyond what both pages can. */
export interface CoreConnection extends PageConnection {
  /** Counts on the server; the answer ends it. */
  count(to: number, delayMs: number, observer: { next(number: number): void; done(error?: CallError): void }): ISubscription<number>;
}

export function hubConnection(on: CoreEvents): CoreConnection {
  let wanted = false;
  /** Whether the server has said by itself which rooms the connection is back in. */
  let verified = false;
  let failures = 0;
  let timer = 0;

  const connection = withSignedRejoin(new HubConnectionBuilder())
    .withUrl("/chat?rooms=named", { accessTokenFactory: whenReachable })
    .withHubProtocol(new MessagePackHubProtocol())
    .withAutomaticReconnect(forever())
    .withStatefulReconnect()
    .configureLogging(LogLevel.None)
    .build();

  connection.on("addRoomMessage", (room: string, name: string, text: string) => on.message(room, name, text));
  connection.on("rejoined", (rooms: string[]) => {
    verified = true;
    on.rejoined(rooms);
  });
  connection.on("confirm", (question: string) => on.confirm(question));

  connection.onreconnecting(() => {
    verified = false;
    on.state("reconnecting");
    on.happened("The link is lost; a new connection is on its way.");
  });
  connection.onreconnected(() => cameBack(connection.lastRejoin));
  connection.onclose((error) => {
    if (!wanted) return;
    if (isRefusal(error)) refused();
    else openLater();
  });

  /**
   * The client asks for the token before it opens a link, and waits for it: the one place where it can be kept from giving up while there
   * is no network. Who we are, the cookie says, which no script can read: there is no token to give.
   */
  async function whenReachable(): Promise<string> {
    // Only a link to be mended finds the connection in this state. It has one try, so it is made when there is a server to try.
    if (connection.state === HubConnectionState.Connected) await mend();
    return "";
  }

  /** Fails where there is nothing to mend any more: then the client goes its other way, a new connection. */
  async function mend(): Promise<void> {
    on.state("reconnecting");
    on.happened("The link is cut.");
    const deadline = Date.now() + MENDING_MS;
    while (!(await reachable())) {
      if (!wanted || Date.now() > deadline) throw new Error("The link cannot be mended.");
      await pause(PROBE_MS);
    }
    if (!wanted) throw new Error("Nobody is here any more.");
    // Goes out over the mended link, behind all that waits. Where it cannot be mended, `onreconnecting` tells.
    connection.invoke("whoAmI").then(
      () => {
        on.state("restored", "nothing missed");
        on.happened("The same connection goes on: nothing was missed.");
      },
      () => undefined,
    );
  }

  function cameBack(rejoin: RejoinResult | undefined): void {
    if (!rejoin?.restored) {
      on.state("restored");
      on.happened(`A new connection; the token was refused: ${rejoin?.reason ?? "no answer"}.`);
      on.opened();
      return;
    }
    const groups = rejoin.groups.length;
    on.state("restored", inRooms(groups));
    on.happened(`A new connection, ${verified ? "verified, " : ""}back in ${inRooms(groups)} by token.`);
    on.restored(verified ? undefined : groups);
  }

  async function open(): Promise<void> {
    clearTimeout(timer);
    timer = 0;
    if (!wanted || connection.state !== HubConnectionState.Disconnected) return;
    if (failures === 0) on.state("connecting");
    try {
      await connection.start();
    } catch (error) {
      if (isRefusal(error)) refused();
      else openLater();
      return;
    }
    const again = failures > 0;
    failures = 0;
    if (connection.lastRejoin?.restored) return cameBack(connection.lastRejoin);
    on.state(again ? "restored" : "connected");
    on.happened("Connected over MessagePack.");
    on.opened();
  }

  /** Only for a start that fails: the client comes back by itself from then on. */
  function openLater(): void {
    if (!wanted || timer !== 0) return;
    on.state("offline");
    failures += 1;
    timer = window.setTimeout(open, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
  }

  function refused(): void {
    close();
    on.refused();
  }

  function close(): void {
    wanted = false;
    clearTimeout(timer);
    timer = 0;
    void connection.stop();
  }

  function check(): void {
    if (connection.state !== HubConnectionState.Connected) throw new CallError("There is no connection just now.");
  }

  return {
    open() {
      wanted = true;
      failures = 0;
      void open();
    },
    close,
    async call(method, ...values) {
      check();
      try {
        return await connection.invoke(method, ...values);
      } catch (error) {
        throw inWords(error);
      }
    },
    count(to, delayMs, { next, done }) {
      check();
      return connection.stream<number>("counter", to, delayMs).subscribe({
        next,
        complete: () => done(),
        error: (error) => done(inWords(error)),
      });
    },
  };
}

/** Comes back as long as the page is open, unless the server says that it does not know us. */
function forever(): IRetryPolicy {
  return {
    nextRetryDelayInMilliseconds({ previousRetryCount, retryReason }: RetryContext) {
      if (isRefusal(retryReason)) return null;
      return RETRY_MS[Math.min(previousRetryCount, RETRY_MS.length - 1)] ?? null;
    },
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && /Status code '401'/.test(error.message);
}

async function reachable(): Promise<boolean> {
  try {
    return (await fetch("/icon.svg", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}

/** An error of a hub method carries the server's words at its end; what stands before is the client's. */
function inWords(error: unknown): CallError {
  const text = error instanceof Error ? error.message : String(error);
  return new CallError(text.split("HubException: ").at(-1));
}

function inRooms(count: number): string {
  return count === 1 ? "1 room" : `${count} rooms`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
