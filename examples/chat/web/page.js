// What both pages do: what the user does becomes calls of the hub, and what the hub says is shown. The way to the hub is
// each page's own.

import { Rooms } from "./rooms.js";
import * as view from "./view.js";

const { $ } = view;
const REMEMBERED = "chat-name";
const RESTORED_MS = 5000;

/** Says what went wrong in words for the user. */
export class CallError extends Error {}

/**
 * What a page wants to hear of its connection.
 *
 * @typedef {object} PageEvents
 * @property {(state: "connecting" | "connected" | "reconnecting" | "restored" | "offline", about?: string) => void} state
 * @property {() => void} opened a new connection stands: the server knows it in the kept rooms only
 * @property {(room: string | null, name: string, text: string) => void} message somebody spoke; `room` is null where the server does not name it
 * @property {(rooms: string[]) => void} rejoined a server that verifies says which rooms the connection is back in
 * @property {(rooms?: number) => void} restored the connection is back in its rooms: in so many, where that is known
 * @property {() => void} refused the server does not know the user any more
 */

/**
 * A way to the hub.
 *
 * @typedef {object} PageConnection
 * @property {() => void} open opens it, and keeps it open
 * @property {() => void} close
 * @property {(method: string, ...values: any[]) => Promise<any>} call calls a method of the hub; fails with a `CallError`
 */

const rooms = new Rooms();
/** @type {(on: PageEvents) => PageConnection} */
let connect;
/** @type {PageConnection | null} */
let connection = null;
let me = null;
let restored = 0;
let seated = false;

/** Starts the page on one way to the hub. */
export function startPage(/** @type {(on: PageEvents) => PageConnection} */ hubConnection) {
  document.body.dataset.started = "";
  connect = hubConnection;
  listen();
  // The cookie cannot be read here. If a name is remembered there should be one: the server will say.
  const name = localStorage.getItem(REMEMBERED);
  if (name) enter(name);
  else $("name").focus();
}

// -- coming and going --------------------------------------------------------------------------

async function signIn(name) {
  $("welcome-error").textContent = "";
  try {
    const answer = await fetch("/sign-in", { method: "POST", body: new URLSearchParams({ name }) });
    if (!answer.ok) throw new Error(await answer.text());
    enter((await answer.json()).name);
  } catch (error) {
    $("welcome-error").textContent = error instanceof TypeError ? "The server cannot be reached." : error.message;
  }
}

function enter(name) {
  me = name;
  localStorage.setItem(REMEMBERED, name);
  view.showUser(me);
  view.showState("connecting");
  showAll();
  connection = connect({ state, opened, message, rejoined, restored: back, refused: leavePage });
  connection.open();
}

/** Back to the door, as nobody. */
function leavePage() {
  connection?.close();
  connection = null;
  localStorage.removeItem(REMEMBERED);
  rooms.clear();
  $("name").value = me ?? "";
  me = null;
  view.showUser(null);
}

async function signOut() {
  leavePage();
  await fetch("/sign-out", { method: "POST" }).catch(() => {});
}

// -- what the connection says ------------------------------------------------------------------

function state(state, about) {
  clearTimeout(restored);
  view.showState(state, about);
  if (state === "restored") restored = setTimeout(() => view.showState("connected"), RESTORED_MS);
}

/** A new connection is in the kept rooms. The others that were joined before are joined anew. */
async function opened() {
  seated = false;
  await attempt(async () => {
    me = (await connection.call("whoAmI")).name;
    const others = rooms.renewed(await connection.call("rooms"));
    showAll();
    for (const name of others) await connection.call("joinRoom", name);
    seated = true;
  });
}

/** A token may be a moment older than the last room: then the rooms are joined as on a new connection. */
async function back(count = Infinity) {
  const all = rooms.list().filter((room) => room.joined).length;
  await (seated && count >= all ? refresh() : opened());
}

/** What is kept may have changed while the connection was away. */
async function refresh() {
  await attempt(async () => rooms.kept(await connection.call("rooms")));
  showAll();
}

function rejoined(names) {
  const back = new Set(names);
  const lost = rooms.list().filter((room) => room.joined && !back.has(room.name));
  for (const room of lost) rooms.left(room.name);
  for (const name of back) rooms.joined(name);
  if (lost.length > 0) view.notify(`You are no longer in: ${lost.map((room) => room.name).join(", ")}.`);
  showAll();
}

function message(name, speaker, text) {
  const before = (name === null ? rooms.active : rooms.get(name))?.messages.at(-1);
  const heard = rooms.hear(name, speaker, text);
  if (!heard) return;
  if (heard.room === rooms.active) {
    if (document.hidden && heard.message.kind === "said") heard.room.unread += 1;
    view.showMessage(heard.message, before, me);
  }
  view.showRooms(rooms, choose);
}

// -- what the user does ------------------------------------------------------------------------

async function join(name) {
  await attempt(async () => {
    await connection.call("joinRoom", name);
    rooms.joined(name);
    show(name);
  });
}

async function create(name) {
  await attempt(async () => {
    await connection.call("createRoom", name);
    await join(name);
  });
}

async function keep(room) {
  try {
    await connection.call(room.kept ? "removeFromRoom" : "addToRoom", room.name);
  } catch (error) {
    const make = { label: "Create and keep it", run: () => createAndKeep(room) };
    view.notify(error.message, room.kept || !(error instanceof CallError) ? null : make);
    return;
  }
  // Keeping no longer is leaving, too; it is what the hub's method does.
  if (room.kept) rooms.left(room.name);
  else rooms.joined(room.name);
  await refresh();
}

async function createAndKeep(room) {
  await attempt(async () => {
    await connection.call("createRoom", room.name);
    await keep(room);
  });
}

async function leave(room) {
  if (!room.joined) return join(room.name);
  await attempt(async () => {
    await connection.call("leaveRoom", room.name);
    rooms.left(room.name);
    showAll();
  });
}

async function say(text) {
  const room = rooms.active;
  if (!room || text.trim() === "") return;
  setDraft("");
  try {
    await connection.call("say", room.name, text);
  } catch (error) {
    if (rooms.active === room && $("message").value === "") setDraft(text);
    view.notify(error.message);
  }
}

function choose(name) {
  document.body.dataset.view = "talk";
  const room = rooms.get(name);
  if (room && !room.joined) join(name);
  else show(name);
}

function show(name) {
  const before = rooms.active;
  if (before) before.draft = $("message").value;
  rooms.show(name);
  document.body.dataset.view = "talk";
  showAll();
  setDraft(rooms.active?.draft ?? "");
  $("message").focus({ preventScroll: true });
}

function showAll() {
  if (me === null) return;
  if (!rooms.active) rooms.show(rooms.list().find((room) => room.joined)?.name ?? null);
  if (!rooms.active) document.body.dataset.view = "rooms";
  view.showRooms(rooms, choose);
  view.showRoomHead(rooms.active);
  view.showMessages(rooms.active, me);
}

async function attempt(work) {
  try {
    await work();
  } catch (error) {
    view.notify(error.message);
  }
}

/** The box grows with what is in it. */
function setDraft(text) {
  const box = $("message");
  if (text !== undefined) box.value = text;
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 160)}px`;
}

function listen() {
  const roomName = () => {
    const name = $("room-name").value.trim();
    $("room-name").value = "";
    return name;
  };
  $("welcome").addEventListener("submit", (event) => {
    event.preventDefault();
    signIn($("name").value);
  });
  $("sign-out").addEventListener("click", signOut);
  $("enter").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = roomName();
    if (name) join(name);
  });
  $("create-room").addEventListener("click", () => {
    if (!$("enter").reportValidity()) return;
    const name = roomName();
    if (name) create(name);
  });
  $("join-lobby").addEventListener("click", () => join("lobby"));
  $("back").addEventListener("click", () => (document.body.dataset.view = "rooms"));
  $("keep").addEventListener("click", () => keep(rooms.active));
  $("leave").addEventListener("click", () => leave(rooms.active));
  $("newest").addEventListener("click", view.toNewest);
  $("notice-close").addEventListener("click", () => ($("notice").hidden = true));
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    say($("message").value);
  });
  $("message").addEventListener("input", () => setDraft());
  $("message").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!$("send").disabled) $("composer").requestSubmit();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || me === null) return;
    rooms.show(rooms.active?.name ?? null);
    view.showRooms(rooms, choose);
  });
}
