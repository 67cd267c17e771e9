// What a transport delivers, taken apart: persistent responses, replies, keep-alives, and how it ended.

class Stream {
  /** Persistent responses. */
  responses = [];
  /** Hub responses, which only sockets carry. */
  replies = [];
  /** { at, raw } of each keep-alive. */
  keepAlives = [];
  /** Every message but keep-alives, as it came. */
  texts = [];

  get refused() {
    return this.status !== 200 && this.status !== 101;
  }

  keepAlive(raw) {
    this.keepAlives.push({ at: Date.now(), raw });
  }

  take(text, raw = text) {
    if (text === "{}") {
      this.keepAlive(raw);
      return;
    }
    this.texts.push(text);
    const message = JSON.parse(text);
    if ("I" in message && !("C" in message)) this.replies.push(message);
    else this.responses.push(message);
  }
}

export class SocketStream extends Stream {
  /** The close code; 1006 is an end without a close frame, 1005 a frame without a code. */
  closeCode = undefined;
  ended = false;
  #socket;

  /** Resolves when the upgrade was answered, be it by a refusal: then `status` and `text` say how. */
  static open(socket) {
    const stream = new SocketStream();
    stream.#socket = socket;
    return new Promise((resolve, reject) => {
      socket.on("unexpected-response", (_, response) => {
        stream.status = response.statusCode;
        stream.headers = response.headers;
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (data) => (text += data));
        response.on("close", () => {
          stream.text = text;
          stream.ended = true;
          resolve(stream);
        });
      });
      socket.on("upgrade", (response) => {
        stream.status = 101;
        stream.headers = response.headers;
      });
      socket.on("open", () => resolve(stream));
      socket.on("message", (data) => stream.take(data.toString()));
      socket.on("close", (code) => {
        stream.closeCode = code;
        stream.ended = true;
      });
      socket.on("error", (error) => reject(error));
    });
  }

  say(data, options) {
    this.#socket.send(data, options);
  }

  close(code) {
    this.#socket.close(code);
  }

  /** Stops reading, so that what the server sends piles up on its side. */
  pause() {
    this.#socket.pause();
  }

  resume() {
    this.#socket.resume();
  }

  cut() {
    this.#socket.terminate();
  }
}

/** The two transports that are an HTTP answer. */
class AnswerStream extends Stream {
  constructor(answer) {
    super();
    this.answer = answer;
    this.status = answer.status;
    this.headers = answer.headers;
    this.done = answer.done;
  }

  get text() {
    return this.answer.text;
  }

  get type() {
    return this.answer.type;
  }

  get ended() {
    return this.answer.ended;
  }

  cut() {
    this.answer.drop();
  }
}

export class ServerSentEvents extends AnswerStream {
  /** Each event as it came, its two line ends included. */
  events = [];
  #pending = "";

  constructor(answer) {
    super(answer);
    if (!this.refused) answer.read((data) => this.#feed(data.toString()));
  }

  pause() {
    this.answer.pause();
  }

  #feed(text) {
    this.#pending += text;
    for (;;) {
      const end = /\r?\n\r?\n/.exec(this.#pending);
      if (!end) return;
      const event = this.#pending.slice(0, end.index);
      this.events.push(event + end[0]);
      this.#pending = this.#pending.slice(end.index + end[0].length);
      const data = event.replace(/^data: ?/, "");
      if (data !== "initialized") this.take(data, event + end[0]);
    }
  }
}

export class LongPoll extends AnswerStream {
  constructor(answer, onend) {
    super(answer);
    answer.read((data) => {
      if (data.toString() === " ") this.keepAlive(" ");
    });
    this.done = answer.done.then(() => {
      const text = answer.text.trim();
      if (answer.complete && answer.status === 200 && text) this.take(text);
      onend(this);
    });
  }
}
