import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { CdpSession } from "../../src/sessions/host/wire/cdp.js";
import { openFirstPage } from "../../src/sessions/host/requests/firstPage.js";
import type { Targets } from "../../src/sessions/host/wire/targets.js";

/** A tab whose browser says what it has to say of a navigation in one moment, as one does that had no time before. */
class Tab implements CdpSession {
  readonly sessionId = "tab";
  readonly #events = new EventEmitter();
  answer: (result: object) => void = () => undefined;

  send<T>(method: string): Promise<T> {
    const answered =
      method === "Page.navigate" ? new Promise<object>((resolve) => (this.answer = resolve)) : Promise.resolve({});
    return answered as Promise<T>;
  }

  on<T>(event: string, listener: (params: T) => void): void {
    this.#events.on(event, listener);
  }

  off(event: string, listener: (params: never) => void): void {
    this.#events.off(event, listener as (params: unknown) => void);
  }

  tell(event: string, params: object = {}): void {
    this.#events.emit(event, params);
  }

  open(): Promise<string | undefined> {
    const targets = { find: () => ({ session: this }) } as unknown as Targets;
    return openFirstPage(
      targets,
      { url: "http://127.0.0.1:9/", headless: false, browser: { kind: "chromium" }, timeoutMs: 60_000 },
      new AbortController().signal,
    );
  }
}

const turn = (): Promise<void> => new Promise(setImmediate);

describe("E: the first page of a session", () => {
  it("that could not be opened is an error, also where the browser tells in one piece that its own page about it has loaded", async () => {
    const tab = new Tab();
    const opened = tab.open();
    await turn();
    tab.answer({ errorText: "net::ERR_CONNECTION_REFUSED" });
    tab.tell("Page.frameNavigated", { frame: { url: "chrome-error://chromewebdata/" } });
    tab.tell("Page.loadEventFired");
    await assert.rejects(opened, { code: "Failed", message: /ERR_CONNECTION_REFUSED/ });
  });

  it("is not there when the empty one before it has loaded", async () => {
    const tab = new Tab();
    let isOpen = false;
    const opened = tab.open().then(() => (isOpen = true));
    await turn();
    tab.tell("Page.loadEventFired");
    tab.answer({ loaderId: "1" });
    tab.tell("Page.frameNavigated", { frame: { url: "about:blank" } });
    tab.tell("Page.loadEventFired");
    tab.tell("Page.frameNavigated", { frame: { url: "http://127.0.0.1:9/inner", parentId: "2" } });
    tab.tell("Page.loadEventFired");
    await turn();
    assert.equal(isOpen, false);
    tab.tell("Page.frameNavigated", { frame: { url: "http://127.0.0.1:9/" } });
    tab.tell("Page.loadEventFired");
    await opened;
  });
});
