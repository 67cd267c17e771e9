// Client results: the server asks.

import { equal, failure, matches, word } from "../lib/kit.mjs";

const ASKING = (name) => `An unexpected error occurred invoking '${name}' on the server.`;

export const results = [
  {
    name: "7.30 a method asks its own caller, and another client",
    async run(kit) {
      const one = await kit.connect({ on: { Answer: (question) => `one to ${question}` } });
      const other = await kit.connect({ on: { Answer: async (question) => `other to ${question}` } });
      equal(await one.invoke("Ask", "é?"), "you said one to é?");
      equal(await one.invoke("AskOther", other.connectionId, "?"), "you said other to ?");
      equal(await Promise.all([one.invoke("Ask", "1"), one.invoke("Ask", "2"), one.invoke("Add", 1, 1)]), ["you said one to 1", "you said one to 2", 2]);
    },
  },
  {
    name: "7.30 what is no answer becomes the asker's error",
    async run(kit) {
      const silent = await kit.connect();
      equal(await failure(silent.invoke("Ask", "?")), `${ASKING("Ask")} HubException: Client didn't provide a result.`);
      const broken = await kit.connect({
        on: {
          Answer: () => {
            throw new Error("not mine");
          },
          Number: () => "no number",
        },
      });
      equal(await failure(broken.invoke("Ask", "?")), `${ASKING("Ask")} HubException: Error: not mine`);
      matches(await failure(broken.invoke("AskNumber")), /^An unexpected error occurred invoking 'AskNumber' on the server\./);
      const number = await kit.connect({ on: { Number: () => 42 } });
      equal(await number.invoke("AskNumber"), 42);
      equal(await broken.invoke("Echo", "after"), "after");
    },
  },
  {
    name: "7.30 a handler may call the server while it is asked",
    async run(kit) {
      const connection = kit.build();
      connection.on("Answer", async (question) => await connection.invoke("Echo", `echo of ${question}`));
      await connection.start();
      equal(await connection.invoke("Ask", "q"), "you said echo of q");
    },
  },
  {
    name: "a connection that is not there cannot be asked",
    async run(kit) {
      const connection = await kit.connect();
      matches(await failure(connection.invoke("AskOther", word("nobody"), "?")), /^An unexpected error occurred invoking 'AskOther' on the server\./);
    },
  },
  {
    name: "a client is asked from outside a hub",
    async run(kit) {
      const connection = await kit.connect({ on: { Answer: (question) => `heard ${question}` } });
      equal(await kit.node("ask", connection.connectionId), [200, "heard from outside"]);
      const silent = await kit.connect();
      equal(await kit.node("ask", silent.connectionId), [500, "Client didn't provide a result."]);
    },
  },
];
