// The panel beside the conversation: what this wire can do and the classic one cannot, to be tried.

import type { ISubscription } from "@microsoft/signalr";

import { notify } from "../view.js";
import type { CoreConnection } from "./connection.js";

const HAPPENED_SHOWN = 8;

const form = (id: string) => document.getElementById(id) as HTMLFormElement;
const button = (id: string) => document.getElementById(id) as HTMLButtonElement;
const input = (id: string) => document.getElementById(id) as HTMLInputElement;
const output = (id: string) => document.getElementById(id) as HTMLOutputElement;

/** Listens to the panel's forms; `current` is the connection of whoever is signed in. */
export function demonstrate(current: () => CoreConnection | null): void {
  let counting: ISubscription<number> | null = null;

  form("counter").addEventListener("submit", (event) => {
    event.preventDefault();
    if (counting) {
      // The server drops the stream.
      counting.dispose();
      return ended("stopped");
    }
    const to = input("count").valueAsNumber;
    const bar = document.getElementById("counted") as HTMLProgressElement;
    bar.max = Math.max(to, 1);
    const show = (number: number) => {
      bar.value = number;
      output("count-now").value = `${number} of ${to}`;
    };
    show(0);
    try {
      counting = current()?.count(to, input("delay").valueAsNumber, {
        next: show,
        done: (error) => ended(error ? "broken off" : "done"),
      }) ?? null;
      button("count-go").textContent = "Stop";
    } catch (error) {
      tell(error);
    }
  });

  function ended(how: string): void {
    counting = null;
    button("count-go").textContent = "Count";
    output("count-now").value += `, ${how}`;
  }

  form("ask-me").addEventListener("submit", (event) => {
    event.preventDefault();
    const connection = current();
    if (!connection) return;
    output("answer").value = "The server asks you…";
    connection
      .call("askMe", input("question-text").value)
      .then((answer: boolean) => (output("answer").value = `The server got your ${answer ? "yes" : "no"}.`))
      .catch((error: unknown) => {
        output("answer").value = "";
        dialog().close();
        tell(error);
      });
  });

  const drawer = button("try-it");
  const showDrawer = (open: boolean) => {
    document.body.classList.toggle("trying", open);
    drawer.ariaExpanded = String(open);
  };
  drawer.addEventListener("click", () => showDrawer(!document.body.classList.contains("trying")));
  button("try-close").addEventListener("click", () => showDrawer(false));
}

let questions: Promise<unknown> = Promise.resolve();

/** Puts the server's question to the person, one at a time. What is put aside is a no. */
export function confirm(question: string): Promise<boolean> {
  const answer = questions.then(() => ask(question));
  questions = answer;
  return answer;
}

function ask(question: string): Promise<boolean> {
  const asked = dialog();
  asked.querySelector("p")!.textContent = question;
  asked.returnValue = "";
  asked.showModal();
  return new Promise((resolve) => {
    asked.addEventListener("close", () => resolve(asked.returnValue === "yes"), { once: true });
  });
}

function dialog(): HTMLDialogElement {
  return document.getElementById("question") as HTMLDialogElement;
}

/** Notes what became of the connection, newest first. */
export function happened(what: string): void {
  const list = document.getElementById("happened")!;
  const item = document.createElement("li");
  const time = document.createElement("time");
  const now = new Date();
  time.dateTime = now.toISOString();
  time.textContent = now.toLocaleTimeString([], { hourCycle: "h23" });
  item.append(time, what);
  list.prepend(item);
  while (list.children.length > HAPPENED_SHOWN) list.lastElementChild?.remove();
}

function tell(error: unknown): void {
  notify(error instanceof Error ? error.message : String(error));
}
