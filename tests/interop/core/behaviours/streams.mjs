// Streams in both directions.

import { collect, equal, failure, until, within } from "../lib/kit.mjs";

/**
 * Waits until what the client sends on its own (items, their ends, cancellations) has been answered: nobody in the library waits for
 * that, and a link that goes while a POST of it is under way is an error nobody catches. POSTs go one after the other, so the second of
 * two calls shows that what was before the first is done.
 */
async function settled(connection) {
  for (let n = 0; n < 2; n += 1) await connection.invoke("Nothing");
}

export const streams = [
  {
    name: "7.26 a stream brings its items in order and ends",
    async run(kit) {
      const connection = await kit.connect();
      equal(await collect(connection.stream("Counter", 5, 0)), [1, 2, 3, 4, 5, "end"]);
      equal(await collect(connection.stream("CounterChannel", 3, 5)), [1, 2, 3, "end"]);
      equal(await collect(connection.stream("Counter", 0, 0)), ["end"]);
      const side = await Promise.all([collect(connection.stream("Counter", 4, 10)), collect(connection.stream("Counter", 2, 10)), connection.invoke("Add", 1, 1)]);
      equal(side, [[1, 2, 3, 4, "end"], [1, 2, "end"], 2]);
      const many = await collect(connection.stream("Counter", 2000, 0));
      equal(many, [...Array.from({ length: 2000 }, (_, n) => n + 1), "end"]);
    },
  },
  {
    name: "7.26 a stream that fails tells it after its items",
    async run(kit) {
      const connection = await kit.connect();
      equal(await collect(connection.stream("FailingStream", 2)), [1, 2, "error An error occurred on the server while streaming results."]);
      equal(
        await collect(connection.stream("FailingStreamPublic", 1)),
        [1, "error An error occurred on the server while streaming results. HubException: stream broke"],
      );
      equal(
        await collect(connection.stream("NoSuchMethod")),
        ["error Failed to invoke 'NoSuchMethod' due to an error on the server. HubException: Method does not exist."],
      );
    },
  },
  {
    name: "7.26 a stream method is not invoked, and a plain one not streamed",
    async run(kit) {
      const connection = await kit.connect();
      equal(await failure(connection.invoke("Counter", 1, 0)), "The client attempted to invoke the streaming 'Counter' method with a non-streaming invocation.");
      equal(
        await collect(connection.stream("Echo", "x")),
        ["error The client attempted to invoke the non-streaming 'Echo' method with a streaming invocation."],
      );
      equal(await connection.invoke("Echo", "still"), "still");
    },
  },
  {
    name: "7.27 a stream that the client disposes of is cancelled on the server",
    async run(kit) {
      let cancelled = 0;
      const connection = await kit.connect({ on: { Cancelled: () => void (cancelled += 1) } });
      const subscription = connection.stream("Endless").subscribe({ next: () => undefined, complete: () => undefined, error: () => undefined });
      equal(await connection.invoke("Echo", "beside"), "beside");
      equal(cancelled, 0, "cancelled early");
      subscription.dispose();
      await until("the stream to be cancelled", () => cancelled === 1);
      const counting = [];
      const counter = connection.stream("Counter", 1_000_000, 5).subscribe({ next: (n) => counting.push(n), complete: () => undefined, error: () => undefined });
      await until("items", () => counting.length >= 3);
      counter.dispose();
      await settled(connection);
    },
  },
  {
    name: "7.28 what is uploaded arrives in order, several streams beside arguments",
    async run(kit) {
      const { Subject } = kit.signalR;
      const connection = await kit.connect();
      const numbers = new Subject();
      const sum = connection.invoke("Sum", numbers);
      for (const n of [1, 2, 3, 4]) numbers.next(n);
      numbers.complete();
      equal(await within("the sum", sum), 10);

      const [counts, texts] = [new Subject(), new Subject()];
      const zipped = connection.invoke("Zip", counts, "and", texts);
      for (const [n, text] of [[1, "a"], [2, "b"], [3, "é"]]) {
        counts.next(n);
        texts.next(text);
      }
      counts.complete();
      texts.complete();
      equal(await within("the pairs", zipped), "1:and:a,2:and:b,3:and:é");
      await settled(connection);
    },
  },
  {
    name: "7.28 both directions at once",
    async run(kit) {
      const { Subject } = kit.signalR;
      const connection = await kit.connect();
      const texts = new Subject();
      const reversed = collect(connection.stream("Reverse", texts));
      const all = Array.from({ length: 30 }, (_, n) => `n${n}`);
      for (const text of all) texts.next(text);
      texts.complete();
      equal(await reversed, [...all.map((text) => [...text].reverse().join("")), "end"]);
      await settled(connection);
    },
  },
  {
    name: "7.28 an upload that fails fails its reader",
    async run(kit) {
      const { Subject } = kit.signalR;
      const connection = await kit.connect();
      const numbers = new Subject();
      const sum = connection.invoke("Sum", numbers);
      numbers.next(1);
      numbers.error(new Error("my fault"));
      equal(await failure(sum), "An unexpected error occurred invoking 'Sum' on the server. HubException: my fault");
      await settled(connection);
    },
  },
  {
    name: "an upload without a waiting caller",
    async run(kit) {
      const { Subject } = kit.signalR;
      const connection = await kit.connect();
      const numbers = new Subject();
      await connection.send("Sum", numbers);
      numbers.next(1);
      numbers.complete();
      await settled(connection);
    },
  },
];
