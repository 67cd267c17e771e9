// A person at the chat's own page: does what one does with mouse and keyboard, and reads what is on the screen.

import { faultProxy } from "./fault-proxy.mjs";
import { until } from "./until.mjs";

const PATIENCE_MS = 20_000;

export class Person {
  #context;
  #page;

  /** Opens the page and signs in. Each person has a browser context of their own: cookies do not heed ports. */
  static async open(browser, base, name) {
    const person = new Person();
    person.name = name;
    person.proxy = await faultProxy(base);
    person.#context = await browser.newContext();
    const page = await person.#context.newPage();
    person.#page = page;
    await page.goto(`${person.proxy.url}/`);
    await page.evaluate(() => (window.sameDocument = true));
    await page.fill("#name", name);
    await page.click("#sign-in");
    await person.is("connected");
    return person;
  }

  /** Waits for the state that the page shows; several will do. */
  async is(...states) {
    let shown;
    await until(() => `${this.name} to be ${states.join(" or ")}, not ${shown}`, async () => {
      shown = await this.#page.getAttribute("#state", "data-state");
      return states.includes(shown);
    }, PATIENCE_MS);
  }

  async join(room) {
    await this.#page.fill("#room-name", room);
    await this.#page.click("#join-room");
    await this.sees(room, `${this.name} joined.`);
  }

  /** Makes the room known if it is not, and keeps it. */
  async keep(room) {
    await this.#page.fill("#room-name", room);
    await this.#page.click("#create-room");
    await this.sees(room, `${this.name} joined.`);
    await this.#page.click("#keep");
    await until("the room to be kept", async () => (await this.#page.getAttribute("#keep", "aria-pressed")) === "true");
  }

  async say(room, text) {
    await this.choose(room);
    await this.#page.fill("#message", text);
    await this.#page.press("#message", "Enter");
  }

  async choose(room) {
    if ((await this.#page.getAttribute(".talk", "data-room")) === room) return;
    await this.#page.click(`#rooms li[data-room="${room}"] button`);
    await until(`room ${room}`, async () => (await this.#page.getAttribute(".talk", "data-room")) === room);
  }

  /** Everything on the screen that was said in a room, oldest first. */
  async messages(room) {
    await this.choose(room);
    return await this.#page.$$eval("#messages .message .text", (items) => items.map((item) => item.textContent));
  }

  async sees(room, text) {
    let shown = [];
    await until(() => `${this.name} to see "${text}" in ${room}, not ${JSON.stringify(shown)}`, async () => {
      const listed = await this.#page.$(`#rooms li[data-room="${room}"]`);
      shown = listed ? await this.messages(room) : [];
      return shown.includes(text);
    }, PATIENCE_MS);
  }

  /** The rooms that the page lists as joined. */
  async joined() {
    return await this.#page.$$eval("#rooms li.joined", (items) => items.map((item) => item.dataset.room));
  }

  /** Whether this is the document that was opened, not a later one, and the connection that it began with. */
  async neverReloaded() {
    const same = await this.#page.evaluate(() => window.sameDocument === true);
    return same && this.proxy.count("/signalr/negotiate") === 1;
  }

  async close() {
    await this.#context.close();
    await this.proxy.close();
  }
}
