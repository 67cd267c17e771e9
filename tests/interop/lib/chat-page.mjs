// A person at one of the chat's own pages: does what one does with mouse and keyboard, and reads what is on the screen.

import { faultProxy } from "./fault-proxy.mjs";
import { until } from "./until.mjs";

const PATIENCE_MS = 45_000;

/** The two pages, and where each negotiates. */
const PAGES = { classic: ["/", "/signalr/negotiate"], core: ["/core", "/chat/negotiate"] };

export class Person {
  #context;
  #page;
  #negotiate;

  /** Opens the page and signs in. Each person has a browser context of their own: cookies do not heed ports. */
  static async open(browser, base, name, wire = "classic", viewport = { width: 1280, height: 720 }) {
    const person = new Person();
    const [path, negotiate] = PAGES[wire];
    person.name = name;
    person.#negotiate = negotiate;
    person.proxy = await faultProxy(base);
    person.#context = await browser.newContext({ viewport });
    const page = await person.#context.newPage();
    person.#page = page;
    await page.goto(person.proxy.url + path);
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

  /** What one would have to reach for beyond the edge of the screen. */
  async beyondTheEdge() {
    return await this.#page.$$eval("button, input, textarea, a, .message", (all) => all
      .filter((one) => one.checkVisibility())
      .filter((one) => one.getBoundingClientRect().left < 0 || one.getBoundingClientRect().right > innerWidth)
      .map((one) => one.id || one.textContent));
  }

  /** Whether this is the document that was opened, not a later one. */
  async neverReloaded() {
    return await this.#page.evaluate(() => window.sameDocument === true);
  }

  /** How many connections the page has had. */
  get connections() {
    return this.proxy.count(this.#negotiate);
  }

  /** Loads the page again as somebody whose cookie is gone. */
  async comeAgainWithoutCookie() {
    await this.#context.clearCookies();
    await this.#page.reload();
  }

  /** Waits for the door, where one signs in. */
  async isAtTheDoor() {
    await this.#page.waitForSelector("#sign-in", { state: "visible", timeout: PATIENCE_MS });
  }

  /** The second page's stream, up to a number: what is on the screen at its end. */
  async counts(to, delayMs) {
    await this.#page.fill("#count", String(to));
    await this.#page.fill("#delay", String(delayMs));
    await this.#page.click("#count-go");
    return await this.#shown("#count-now", (text) => text.endsWith("done") || text.endsWith("broken off"));
  }

  /** The same, stopped by the person when `at` was counted. */
  async countsUntil(at, delayMs) {
    await this.#page.fill("#count", "1000");
    await this.#page.fill("#delay", String(delayMs));
    await this.#page.click("#count-go");
    await this.#shown("#count-now", (text) => Number.parseInt(text, 10) >= at);
    await this.#page.click("#count-go");
    return await this.#shown("#count-now", (text) => text.endsWith("stopped"));
  }

  /** Has itself asked, and answers "yes" or "no": the question on the screen, and what came of the answer. */
  async isAsked(question, answer) {
    await this.#page.fill("#question-text", question);
    await this.#page.click("#ask-me button");
    await this.#page.click(`#question[open] button[value="${answer}"]`, { timeout: PATIENCE_MS });
    const asked = await this.#page.textContent("#question p");
    return [asked, await this.#shown("#answer", (text) => text.startsWith("The server got"))];
  }

  async #shown(selector, test) {
    let shown;
    await until(() => `${selector}, not "${shown}"`, async () => test((shown = await this.#page.textContent(selector))), PATIENCE_MS);
    return shown;
  }

  async close() {
    await this.#context.close();
    await this.proxy.close();
  }
}
