// The first page's way to the server: one connection of jquery.signalR, opened again for as long as the page wants it.
//
// signalR itself comes back over a connection that broke, with the groups token it was given, until the disconnect
// timeout of the server (30 s) is over. Only then is it a new connection, which is ours to open.

import { CallError } from "../page.js";

const RETRY_MS = [1000, 2000, 3000, 5000];

/** @type {(on: import("../page.js").PageEvents) => import("../page.js").PageConnection} */
export function hubConnection(on) {
  const $ = window.jQuery;
  const connection = $.hubConnection("/signalr", { useDefaultPath: false, qs: { rooms: "named" } });
  const hub = connection.createHubProxy("chatHub");
  let wanted = false;
  let failures = 0;
  let timer = 0;

  hub.on("addRoomMessage", (room, name, text) => on.message(room, name, text));
  hub.on("addChatMessage", (name, text) => on.message(null, name, text));
  hub.on("rejoined", (rooms) => on.rejoined(rooms));

  connection.reconnecting(() => on.state("reconnecting"));
  connection.reconnected(() => {
    on.state("restored");
    on.restored();
  });
  connection.disconnected(() => wanted && openLater());

  async function open() {
    clearTimeout(timer);
    timer = 0;
    if (!wanted || connection.state !== $.signalR.connectionState.disconnected) return;
    if (failures === 0) on.state("connecting");
    try {
      await connection.start();
    } catch (error) {
      if (error?.source?.status === 401 || error?.context?.status === 401) {
        stop();
        on.refused();
      } else {
        openLater();
      }
      return;
    }
    const again = failures > 0;
    failures = 0;
    on.state(again ? "restored" : "connected");
    on.opened();
  }

  // A start that fails also says that it is disconnected, so this is asked for twice.
  function openLater() {
    if (!wanted || timer !== 0) return;
    on.state("offline");
    timer = setTimeout(open, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
    failures += 1;
  }

  function stop() {
    wanted = false;
    clearTimeout(timer);
    timer = 0;
    connection.stop();
  }

  // The machine has a network again: do not wait for the timer.
  window.addEventListener("online", () => wanted && failures > 0 && open());

  return {
    open() {
      wanted = true;
      failures = 0;
      return open();
    },

    close: stop,

    async call(method, ...values) {
      if (connection.state !== $.signalR.connectionState.connected) {
        throw new CallError("There is no connection just now.");
      }
      try {
        return await hub.invoke(method, ...values);
      } catch (error) {
        throw new CallError(error?.message ?? "The server did not answer.");
      }
    },
  };
}
