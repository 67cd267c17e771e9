// The page: what the user does becomes calls of the hub, and what the hub says is shown.

import { hubConnection, CallError } from "./connection.js";
import { Rooms } from "./rooms.js";
import * as view from "./view.js";

const { $ } = view;
const REMEMBERED = "chat-name";
const RESTORED_MS = 5000;

const rooms = new Rooms();
let connection = null;
let me = null;
let restored = 0;
let seated = false;

if (!window.jQuery?.signalR) {
  $("welcome-error").textContent =
    "The page's libraries are missing on the server: run “npm ci” in examples/chat/web, then load this page again.";
  $("sign-in").disabled = true;
} else {
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
  connection = hubConnection({ state, opened, message, rejoined, restored: () => (seated ? refresh() : opened()), refused: leavePage });
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

function state(state) {
  clearTimeout(restored);
  view.showState(state);
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
