// The chat with people at its pages, in Chromium: what the example promises. CHAT is the command that starts it.
//
// `person("Ann")` sits at the first page, jQuery on the classic wire; `person("Bob", "core")` at the second one, TypeScript on the core wire.

import assert from "node:assert/strict";
import path from "node:path";
import { after, describe, it } from "node:test";

import { Person } from "../lib/chat-page.mjs";
import { launchChromium } from "../lib/client-chromium.mjs";
import { nodeEnvironment } from "../lib/client-node.mjs";
import { Client } from "../lib/client.mjs";
import { request } from "../lib/http.mjs";
import { argv, startProgram } from "../lib/server.mjs";
import { pause, shared, until, word } from "../lib/until.mjs";

const OUTAGE_MS = 5_000;
const HUB = "chatHub";

describe("chat", { concurrency: 2 }, () => {
  const takeBrowser = shared(launchChromium);
  after(async () => await (await takeBrowser.made())?.close());

  /** A chat of this test alone, with people in it. */
  function chat(name, options, run) {
    it(name, { timeout: 240_000 }, async () => {
      const words = (folder) => ["--database", `sqlite:${path.join(folder, "chat.db")}`, ...options];
      const server = await startProgram(argv("CHAT"), { words });
      const people = [];
      const guests = [];
      try {
        await run({
          server,
          person: async (who, wire, viewport) => {
            const person = await Person.open(await takeBrowser(), server.base, who, wire, viewport);
            people.push(person);
            return person;
          },
          guest: async (who) => {
            const guest = await connected(server.base, who);
            guests.push(guest);
            return guest;
          },
        });
      } finally {
        await Promise.all([...people.map((one) => one.close()), ...guests.map((one) => one.dispose())]);
        await server.stop();
      }
    });
  }

  for (const [one, other] of [["classic", "classic"], ["classic", "core"], ["core", "core"]]) {
    chat(`two people talk in a room: ${one} and ${other}`, [], async ({ person }) => {
      const [ann, bob] = [await person("Ann", one), await person("Bob", other)];
      const room = word("lobby");
      await ann.join(room);
      await bob.join(room);
      await ann.sees(room, "Bob joined.");
      for (const [speaker, hearer] of [[ann, bob], [bob, ann]]) {
        const text = `${speaker.name} says <b>hello</b> & 😀`;
        await speaker.say(room, text);
        for (const one of [speaker, hearer]) await one.sees(room, text);
      }
    });
  }

  const CUT = "a link cut for 5 s while the other says ten things: all ten come, in order, once, and it is still in the room";
  for (const [one, other] of [["classic", "classic"], ["classic", "core"], ["core", "classic"]]) {
    chat(`${CUT}: ${one}, cut, and ${other}`, [], async ({ person }) => {
      const [ann, bob] = [await person("Ann", one), await person("Bob", other)];
      const room = word("lobby");
      await ann.join(room);
      await bob.join(room);
      const texts = Array.from({ length: 10 }, (_, n) => `thing ${n + 1}`);
      ann.proxy.down();
      // The outage's length is the subject here.
      const over = pause(OUTAGE_MS);
      for (const text of texts) await bob.say(room, text);
      await bob.sees(room, texts.at(-1));
      await ann.is("reconnecting");
      await over;
      ann.proxy.heal();
      await ann.is("restored", "connected");
      await ann.sees(room, texts.at(-1));
      await bob.say(room, "and now?");
      await ann.sees(room, "and now?");
      const heard = (await ann.messages(room)).filter((text) => !text.endsWith("joined."));
      assert.deepEqual(heard, [...texts, "and now?"]);
      await ann.say(room, "I am here");
      await bob.sees(room, "I am here");
      assert.ok(await ann.neverReloaded());
      assert.equal(ann.connections, 1, "it is the connection that it was");
    });
  }

  const RESTARTED = "the server is killed and started: both pages come back into their rooms, with no reload and nothing in the database";
  for (const [one, other] of [["classic", "classic"], ["classic", "core"]]) {
    chat(`${RESTARTED}: ${one} and ${other}`, [], async ({ server, person, guest }) => {
      const [ann, bob] = [await person("Ann", one), await person("Bob", other)];
      const [first, second] = [word("first"), word("second")];
      for (const room of [first, second]) {
        await ann.join(room);
        await bob.join(room);
      }
      await ann.sees(second, "Bob joined.");
      // The token with the last room is on its way, at most 100 ms behind.
      await pause(500);
      await server.kill();
      await Promise.all([ann.is("reconnecting"), bob.is("reconnecting")]);
      await server.start();
      await Promise.all([ann.is("restored", "connected"), bob.is("restored", "connected")]);
      for (const room of [first, second]) {
        await ann.say(room, `Ann in ${room}`);
        await bob.sees(room, `Ann in ${room}`);
        await bob.say(room, `Bob in ${room}`);
        await ann.sees(room, `Bob in ${room}`);
        // Rejoined by the token: nobody joined anew, which the room would have been told.
        assert.equal((await ann.messages(room)).filter((text) => text === "Bob joined.").length, 1);
      }
      for (const one of [ann, bob]) assert.ok(await one.neverReloaded());
      assert.deepEqual(await (await guest("Ann")).callHub(HUB, "rooms"), []);
    });
  }

  chat("a kept room is there for a new connection, a joined one is not", [], async ({ person, guest }) => {
    const ann = await person("Ann");
    const [kept, joined] = [word("kept"), word("joined")];
    await ann.keep(kept);
    await ann.join(joined);
    const again = await guest("Ann");
    assert.deepEqual(await again.callHub(HUB, "rooms"), [kept]);
    await ann.say(joined, "not for new ones");
    await ann.say(kept, "for new ones");
    await again.sees("heard");
    assert.deepEqual(chatted(again), ["for new ones"]);
  });

  for (const [how, away] of [["the link is cut", cut], ["the server is killed", killed]]) {
    for (const wire of ["classic", "core"]) {
      const name = `with --verify-rejoin and the membership deleted while ${how}, the ${wire} page is not let back in`;
      chat(name, ["--verify-rejoin"], async ({ server, person, guest }) => {
        const [ann, bob] = [await person("Ann", wire), await guest("Bob")];
        const [kept, lost] = [word("kept"), word("lost")];
        for (const room of [kept, lost]) {
          await ann.keep(room);
          await bob.callHub(HUB, "joinRoom", room);
        }
        await away(server, ann, async () => {
          const other = await guest("Ann");
          await other.callHub(HUB, "removeFromRoom", lost);
        });
        await ann.is("restored", "connected");
        await until("the page to know", async () => !(await ann.joined()).includes(lost));
        const speaker = await guest("Bob");
        await speaker.callHub(HUB, "say", lost, "not for Ann");
        await speaker.callHub(HUB, "say", kept, "for Ann");
        await ann.sees(kept, "for Ann");
        assert.deepEqual(await ann.joined(), [kept]);
        assert.ok(await ann.neverReloaded());
      });
    }
  }

  chat("the second page counts by a stream, and stops it", [], async ({ person }) => {
    const ann = await person("Ann", "core");
    assert.equal(await ann.counts(30, 5), "30 of 30, done");
    assert.match(await ann.countsUntil(5, 50), /^\d+ of 1000, stopped$/);
    assert.equal(await ann.counts(2, 0), "2 of 2, done");
  });

  chat("the second page is asked what it asked to be, and the server gets the answer", [], async ({ person }) => {
    const ann = await person("Ann", "core");
    assert.deepEqual(await ann.isAsked("Tea?", "yes"), ["Tea?", "The server got your yes."]);
    assert.deepEqual(await ann.isAsked("Coffee?", "no"), ["Coffee?", "The server got your no."]);
  });

  for (const wire of ["classic", "core"]) {
    chat(`on a telephone nothing of the ${wire} page is beyond the edge of the screen`, [], async ({ person }) => {
      const ann = await person("Ann", wire, { width: 360, height: 640 });
      assert.deepEqual(await ann.beyondTheEdge(), []);
      const room = word("lobby");
      await ann.join(room);
      await ann.say(room, "a longer text that does not fit into one line of a telephone's screen");
      await ann.sees(room, "a longer text that does not fit into one line of a telephone's screen");
      assert.deepEqual(await ann.beyondTheEdge(), []);
    });
  }

  for (const wire of ["classic", "core"]) {
    chat(`somebody whom the server does not know any more is back at the door of the ${wire} page`, [], async ({ person }) => {
      const ann = await person("Ann", wire);
      await ann.comeAgainWithoutCookie();
      await ann.isAtTheDoor();
    });
  }
});

async function cut(_, ann, meanwhile) {
  ann.proxy.down();
  await ann.is("reconnecting");
  await meanwhile();
  ann.proxy.heal();
}

async function killed(server, ann, meanwhile) {
  ann.proxy.down();
  await ann.is("reconnecting");
  await server.kill();
  await server.start();
  await meanwhile();
  ann.proxy.heal();
}

/** Somebody with a client of their own instead of the page; the same name is the same user. */
async function connected(base, name) {
  const signedIn = await request(base, "POST", "/sign-in", { form: { name } });
  assert.equal(signedIn.status, 200, signedIn.text);
  const client = new Client(await nodeEnvironment(base).page());
  await client.open({ user: signedIn.json().token, hubs: { [HUB]: ["addChatMessage"] }, transport: "webSockets" });
  return client;
}

/** What was said to it, without who joined. */
function chatted(client) {
  const calls = client.log.filter((entry) => entry.what === "heard" && entry.method === "addChatMessage");
  return calls.map((entry) => entry.args[1]).filter((text) => !text.endsWith("joined."));
}
