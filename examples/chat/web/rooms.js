// What the page knows of its rooms. Nothing here touches the page itself.

const MESSAGES_KEPT = 500;

export class Rooms {
  #rooms = new Map();
  #active = null;

  /** All of them: the kept ones first, each part by name. */
  list() {
    return [...this.#rooms.values()].sort((a, b) => b.kept - a.kept || a.name.localeCompare(b.name));
  }

  get(name) {
    return this.#rooms.get(name);
  }

  get active() {
    return this.#rooms.get(this.#active) ?? null;
  }

  get unread() {
    return this.list().reduce((sum, room) => sum + room.unread, 0);
  }

  /** The room of this name, new if need be. */
  add(name) {
    if (!this.#rooms.has(name)) {
      this.#rooms.set(name, { name, joined: false, kept: false, unread: 0, messages: [], draft: "" });
    }
    return this.#rooms.get(name);
  }

  /** Shows a room, or none. What is in it is read. */
  show(name) {
    this.#active = name;
    const room = this.active;
    if (room) room.unread = 0;
    return room;
  }

  joined(name) {
    this.add(name).joined = true;
  }

  left(name) {
    const room = this.get(name);
    if (room) room.joined = false;
    this.#forget(room);
  }

  /** Takes over which rooms the server keeps for the user. */
  kept(names) {
    const kept = new Set(names);
    for (const name of kept) this.add(name);
    for (const room of this.list()) {
      room.kept = kept.has(room.name);
      this.#forget(room);
    }
  }

  /** A new connection is in the kept rooms and no others; returns the names of those to join anew. */
  renewed(names) {
    const kept = new Set(names);
    for (const room of this.list()) if (room.kept && !kept.has(room.name)) room.joined = false;
    this.kept(kept);
    for (const name of kept) this.joined(name);
    return this.list().filter((room) => room.joined && !room.kept).map((room) => room.name);
  }

  clear() {
    this.#rooms.clear();
    this.#active = null;
  }

  /** Takes in what somebody said; returns the room and the message. */
  hear(name, speaker, text) {
    const room = name === null ? this.active : this.add(name);
    if (!room) return null;
    room.joined = true;
    // What the server says of those who come; anything else is what somebody wrote.
    const kind = text === `${speaker} joined.` ? "joined" : "said";
    const message = { speaker, text, kind, at: new Date() };
    room.messages.push(message);
    if (room.messages.length > MESSAGES_KEPT) room.messages.shift();
    if (room !== this.active && kind === "said") room.unread += 1;
    return { room, message };
  }

  /** A room that is neither joined nor kept is of no more use. */
  #forget(room) {
    if (!room || room.joined || room.kept) return;
    this.#rooms.delete(room.name);
    if (this.#active === room.name) this.#active = null;
  }
}
