// Both generations in one room: a client for each transport and protocol of either wire, in the chat, whose hub is served on both.
// CHAT is the command that starts it.

import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "node:test";

import { nodeEnvironment } from "../../lib/client-node.mjs";
import { Client } from "../../lib/client.mjs";
import { request } from "../../lib/http.mjs";
import { argv, startProgram } from "../../lib/server.mjs";
import { pause, until, word } from "../../lib/until.mjs";
import { nodeLibraries } from "../lib/environments.mjs";

const CLASSIC = ["webSockets", "serverSentEvents", "longPolling"];
const CORE = [["WebSockets", "json"], ["WebSockets", "messagepack"], ["ServerSentEvents", "json"], ["LongPolling", "json"], ["LongPolling", "messagepack"]];
const EACH_SAYS = 10;

describe("both generations", () => {
  const name = "a room with a client for each transport and protocol: everything said by one reaches the others once and in order";
  it(name, { timeout: 120_000 }, async () => {
    await inTheChat(async ({ guests }) => {
      const room = word("room");
      for (const guest of guests) await guest.call("joinRoom", room);
      await talk(guests, room);
    });
  });

  it("the server is killed and started: all of them are back in the room, by token", { timeout: 180_000 }, async () => {
    await inTheChat(async ({ server, guests, outsider }) => {
      const room = word("room");
      for (const guest of guests) await guest.call("joinRoom", room);
      await until("the groups tokens", async () => (await Promise.all(guests.map((guest) => guest.hasToken()))).every(Boolean));
      await talk(guests, room);
      await server.kill();
      await until("all to notice", () => guests.every((guest) => guest.isAway()), 60_000);
      await server.start();
      // Nobody joins: who hears the outsider is in the room by token.
      const speaker = await outsider();
      let probes = 0;
      const missing = () => guests.filter((guest) => !guest.heard.some((text) => text.startsWith("probe"))).map((guest) => guest.label);
      await until(() => `all to be back; not yet ${missing()}`, async () => {
        if (!missing().length) return true;
        await speaker.call("say", room, `probe ${(probes += 1)}`);
        await pause(100);
        return false;
      }, 60_000);
      assert.deepEqual(guests.flatMap((guest) => guest.heard.filter((text) => text.endsWith("joined."))), guests.flatMap((_, n) => joined(guests, n)));
      await talk(guests, room);
    });
  });
});

/** What the guest of this number heard of those who came: itself, and all who came later. */
function joined(guests, number) {
  return guests.slice(number).map((guest) => `${guest.label} joined.`);
}

/** All speak at once, each its words one after the other; everybody hears each word once, those of one speaker in their order. */
async function talk(guests, room) {
  const topic = word("topic");
  const words = (guest) => Array.from({ length: EACH_SAYS }, (_, n) => `${topic} ${guest.label} ${n}`);
  await Promise.all(guests.map(async (guest) => {
    for (const text of words(guest)) await guest.call("say", room, text);
  }));
  const expected = guests.length * EACH_SAYS;
  const heard = (guest) => guest.heard.filter((text) => text.startsWith(topic));
  await until(() => `${expected} words; ${guests.map((guest) => `${guest.label} ${heard(guest).length}`)}`, () => guests.every((guest) => heard(guest).length >= expected));
  for (const guest of guests) {
    for (const speaker of guests) {
      const said = heard(guest).filter((text) => text.startsWith(`${topic} ${speaker.label} `));
      assert.deepEqual(said, words(speaker), `${guest.label} heard ${speaker.label}`);
    }
    assert.equal(heard(guest).length, expected, guest.label);
  }
}

/** A chat of its own, with one guest for each transport and protocol of both wires. */
async function inTheChat(run) {
  const server = await startProgram(argv("CHAT"), { words: (folder) => ["--database", `sqlite:${path.join(folder, "chat.db")}`] });
  const guests = [];
  const outsiders = [];
  const core = await nodeLibraries();
  try {
    for (const transport of CLASSIC) guests.push(await ClassicGuest.open(server.base, transport));
    for (const [transport, protocol] of CORE) guests.push(await CoreGuest.open(core, server.base, transport, protocol));
    const outsider = async () => {
      outsiders.push(await CoreGuest.open(core, server.base, "WebSockets", "json", "outsider"));
      return outsiders.at(-1);
    };
    await run({ server, guests, outsider });
  } finally {
    await Promise.all([...guests, ...outsiders].map((guest) => guest.leave()));
    await server.stop();
  }
}

async function signIn(base, name) {
  const answer = await request(base, "POST", "/sign-in", { form: { name } });
  assert.equal(answer.status, 200, answer.text);
  return answer.json().token;
}

class ClassicGuest {
  static async open(base, transport) {
    const guest = new ClassicGuest();
    guest.label = `classic-${transport}`;
    const user = await signIn(base, guest.label);
    guest.client = new Client(await nodeEnvironment(base).page());
    await guest.client.open({ user, hubs: { chatHub: ["addChatMessage"] }, transport });
    return guest;
  }

  get heard() {
    return this.client.log.filter((entry) => entry.what === "heard").map((entry) => entry.args[1]);
  }

  call(method, ...args) {
    return this.client.callHub("chatHub", method, ...args);
  }

  async hasToken() {
    return Boolean((await this.client.about()).groupsToken);
  }

  isAway() {
    return this.client.states.at(-1) === "reconnecting";
  }

  leave() {
    return this.client.dispose();
  }
}

class CoreGuest {
  heard = [];

  static async open({ signalR, MessagePackHubProtocol, rejoin }, base, transport, protocol, name = `core-${transport}-${protocol}`) {
    const guest = new CoreGuest();
    guest.label = name;
    const token = await signIn(base, name);
    const builder = rejoin.withSignedRejoin(new signalR.HubConnectionBuilder(), { store: guest })
      .withUrl(`${base}/chat`, { transport: signalR.HttpTransportType[transport], accessTokenFactory: () => token })
      .withAutomaticReconnect({ nextRetryDelayInMilliseconds: () => 100 })
      .configureLogging(signalR.LogLevel.None);
    if (protocol === "messagepack") builder.withHubProtocol(new MessagePackHubProtocol());
    guest.connection = builder.build();
    guest.connection.on("addChatMessage", (_, text) => void guest.heard.push(text));
    await guest.connection.start();
    return guest;
  }

  // The tokens of its connection: the first comes with no group in it.
  #tokens = [];

  load() {
    return this.#tokens.at(-1);
  }

  save(_, token) {
    this.#tokens.push(token);
  }

  call(method, ...args) {
    return this.connection.invoke(method, ...args);
  }

  hasToken() {
    return this.#tokens.length > 1;
  }

  isAway() {
    return this.connection.state === "Reconnecting";
  }

  leave() {
    return this.connection.stop();
  }
}
