// What is seen: from what the page knows to elements. Text goes in as text, never as markup.

export const $ = (id) => document.getElementById(id);

const STATES = {
  connecting: "Connecting…",
  connected: "Connected",
  reconnecting: "Reconnecting…",
  restored: "Restored",
  offline: "Offline",
};

/** Shows the connection's state, with a word about it, and whether one can speak. */
export function showState(state, about = "") {
  $("state").dataset.state = state;
  $("state").replaceChildren(STATES[state]);
  if (about) $("state").append(element("span", "about", about));
  const here = state === "connected" || state === "restored";
  document.body.classList.toggle("away", !here);
  for (const button of document.querySelectorAll("button[data-needs-connection]")) button.disabled = !here;
  showPlaceholder();
}

/** Shows the page of somebody signed in, or the door. */
export function showUser(name) {
  document.body.dataset.view = name === null ? "welcome" : "rooms";
  $("state").hidden = name === null;
  const me = document.querySelector(".me");
  me.hidden = name === null;
  me.querySelector(".my-name").textContent = name ?? "";
  paintAvatar(me.querySelector(".avatar"), name ?? "");
  (name === null ? $("name") : $("room-name")).focus({ preventScroll: true });
}

/** Brings the list of rooms up to date, element by element so that focus stays where it is. */
export function showRooms(rooms, onChoose) {
  const list = $("rooms");
  const shown = new Map([...list.children].map((item) => [item.dataset.room, item]));
  rooms.list().forEach((room, index) => {
    const item = shown.get(room.name) ?? roomItem(room.name, onChoose);
    shown.delete(room.name);
    item.classList.toggle("kept", room.kept);
    item.classList.toggle("joined", room.joined);
    const button = item.querySelector("button");
    button.ariaCurrent = room === rooms.active ? "true" : null;
    const about = [room.kept && "kept", !room.joined && "not joined", room.unread > 0 && `${room.unread} unread`];
    button.ariaLabel = [room.name, ...about].filter(Boolean).join(", ");
    const unread = item.querySelector(".unread");
    unread.hidden = room.unread === 0;
    unread.textContent = room.unread > 99 ? "99+" : room.unread;
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
  });
  for (const item of shown.values()) item.remove();
  $("no-rooms").hidden = list.children.length > 0;
  document.title = (rooms.unread > 0 ? `(${rooms.unread}) ` : "") + (rooms.active?.name ?? "Hubs chat");
}

function roomItem(name, onChoose) {
  const item = element("li");
  item.dataset.room = name;
  const button = element("button", "room");
  button.type = "button";
  button.append(element("span", "sign"), element("span", "room-name", name), element("span", "unread"));
  button.addEventListener("click", () => onChoose(name));
  item.append(button);
  return item;
}

/** Shows the head of a room: its name, and what it is to the user. */
export function showRoomHead(room) {
  document.body.classList.toggle("in-room", room !== null);
  document.querySelector(".talk").dataset.room = room?.name ?? "";
  if (!room) return;
  $("room-title").textContent = room.name;
  $("room-about").textContent = !room.joined
    ? "You have left this room. It is kept for you."
    : room.kept
      ? "Kept: you are in it wherever you sign in"
      : "Joined: until you leave";
  $("keep").ariaPressed = String(room.kept);
  $("keep").title = room.kept ? "Keep this room no longer, and leave it" : "Be in this room whenever you sign in";
  $("keep").querySelector("span").textContent = room.kept ? "Kept" : "Keep";
  $("leave").textContent = room.joined ? "Leave" : "Join again";
  showPlaceholder();
}

function showPlaceholder() {
  const away = document.body.classList.contains("away");
  const room = document.querySelector(".talk").dataset.room;
  $("message").placeholder = away ? "You can send when the connection is back" : `Say something in ${room}`;
}

/** Shows all that was said in a room. */
export function showMessages(room, me) {
  $("messages").replaceChildren();
  $("newest").hidden = true;
  $("no-messages").textContent = room ? "Nothing was said here since you came." : "";
  let before = null;
  for (const message of room?.messages ?? []) {
    $("messages").append(messageItem(message, before, me));
    before = message;
  }
  toNewest();
}

/** Adds one message to those shown. */
export function showMessage(message, before, me) {
  const list = $("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  list.append(messageItem(message, before, me));
  if (atEnd || message.speaker === me) toNewest();
  else $("newest").hidden = false;
}

/** Scrolls to what was said last. */
export function toNewest() {
  $("messages").scrollTop = $("messages").scrollHeight;
  $("newest").hidden = true;
}

function messageItem(message, before, me) {
  const item = element("li", `message ${message.kind}`);
  item.dataset.name = message.speaker;
  item.classList.toggle("own", message.speaker === me);
  const soon = before && message.at - before.at < 5 * 60 * 1000;
  item.classList.toggle("goes-on", Boolean(soon && before.kind === message.kind && before.speaker === message.speaker));
  const time = element("time", "", message.at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = message.at.toISOString();
  const text = element("span", "text", message.text);
  if (message.kind === "joined") {
    item.append(text, time);
    return item;
  }
  const avatar = element("span", "avatar");
  avatar.ariaHidden = "true";
  paintAvatar(avatar, message.speaker);
  const who = element("span", "who", message.speaker === me ? "You" : message.speaker);
  const head = element("span", "head");
  head.append(who, time);
  const bubble = element("div", "bubble");
  bubble.append(text);
  item.append(avatar, head, bubble);
  return item;
}

function paintAvatar(avatar, name) {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)) % 360;
  avatar.style.setProperty("--hue", hash);
  avatar.textContent = [...name][0]?.toUpperCase() ?? "";
}

let hiding = 0;

/** Tells the user something, with a button if there is something to do about it. */
export function notify(text, action = null) {
  const notice = $("notice");
  notice.querySelector("span").textContent = text;
  const button = $("notice-action");
  button.hidden = action === null;
  button.textContent = action?.label ?? "";
  button.onclick = () => {
    notice.hidden = true;
    action?.run();
  };
  notice.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (notice.hidden = true), 10_000);
}

function element(tag, classes = "", text = "") {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  if (text) made.textContent = text;
  return made;
}
