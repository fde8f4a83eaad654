import assert from "node:assert/strict";
import { watchNavigation } from "../../../src/sessions/host/recorder/navigationWatch.js";
import type { CdpSession } from "../../../src/sessions/host/wire/cdp.js";

const site = "http://site.test";

/** A page of which a test tells what the browser tells; its history is `entries`, read when `answer` is called. */
function watched(): {
  entries: { id: number; url: string; transitionType: string }[];
  told: string[];
  requested: (path: string) => void;
  started: (path: string, loaderId: string, navigationType?: string) => void;
  arrived: (path: string, loaderId: string) => void;
  within: (path: string) => void;
  answer: () => Promise<void>;
} {
  const listeners = new Map<string, (event: object) => void>();
  const entries = [{ id: 0, url: `${site}/form`, transitionType: "link" }];
  const told: string[] = [];
  const questions: (() => void)[] = [];
  let work: Promise<unknown> = Promise.resolve();
  const session = {
    sessionId: "S",
    on: (event: string, listener: (params: object) => void) => void listeners.set(event, listener),
    send: () =>
      new Promise((resolve) =>
        questions.push(() => resolve({ currentIndex: entries.length - 1, entries: [...entries] })),
      ),
  } as unknown as CdpSession;
  watchNavigation(
    { session, targetId: "T", type: "page", pageId: "p", url: `${site}/form` },
    {
      enqueue: (next) => void (work = work.then(next)),
      emit: ({ action, url }) => told.push(`${action} ${url.slice(site.length)}`),
      actedBefore: () => true,
      changed: () => undefined,
    },
  );
  const tell = (event: string, params: object): void => listeners.get(`Page.${event}`)?.({ frameId: "T", ...params });
  return {
    entries,
    told,
    requested: (path) => tell("frameRequestedNavigation", { url: site + path }),
    started: (path, loaderId, navigationType = "differentDocument") =>
      tell("frameStartedNavigating", { url: site + path, loaderId, navigationType }),
    arrived: (path, loaderId) => tell("frameNavigated", { frame: { id: "T", loaderId, url: site + path } }),
    within: (path) => tell("navigatedWithinDocument", { url: site + path }),
    answer: async () => {
      for (let round = 0; round < 10; round++) {
        for (const question of questions.splice(0)) question();
        await new Promise(setImmediate);
      }
    },
  };
}

describe("an address that a person types is an action, however late the browser tells of the page (Must show 2)", () => {
  const added = (path: string, transitionType: string) => ({ id: Math.random(), url: site + path, transitionType });

  it("also where what the page asked for is told after it started", async () => {
    const page = watched();
    await page.answer();
    page.started("/sent", "A");
    page.requested("/sent");
    page.arrived("/sent", "A");
    page.entries.push(added("/sent", "form_submit"));
    await page.answer();
    page.started("/login", "B");
    page.arrived("/login", "B");
    page.entries.push(added("/login", "typed"));
    await page.answer();
    assert.deepEqual(page.told, ["goto /login"]);
  });

  it("also where it starts before the page before is told to have arrived", async () => {
    const page = watched();
    await page.answer();
    page.requested("/sent");
    page.started("/sent", "A");
    page.started("/login", "B");
    page.arrived("/sent", "A");
    page.entries.push(added("/sent", "form_submit"));
    await page.answer();
    page.within("/sent#top");
    page.arrived("/login", "B");
    page.entries.push(added("/login", "typed"));
    await page.answer();
    assert.deepEqual(page.told, ["goto /login"]);
  });

  it("also where the page has gone on before the browser tells its history", async () => {
    const page = watched();
    await page.answer();
    page.started("/login", "A");
    page.arrived("/login", "A");
    page.requested("/welcome");
    page.started("/welcome", "B");
    page.arrived("/welcome", "B");
    page.entries.push(added("/login", "typed"), added("/welcome", "form_submit"));
    await page.answer();
    assert.deepEqual(page.told, ["goto /login"]);
  });

  it("also where the page tells that it arrived before the browser has entered it into its history", async () => {
    const page = watched();
    await page.answer();
    page.started("/login", "A");
    page.arrived("/login", "A");
    await page.answer();
    page.entries.push(added("/login", "typed"));
    for (let round = 0; round < 500 && page.told.length === 0; round++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await page.answer();
    }
    assert.deepEqual(page.told, ["goto /login"]);
  });

  it("also after what the page asked for never started, and not what the page asked for itself", async () => {
    const page = watched();
    await page.answer();
    page.requested("/cancelled");
    page.started("/login", "A");
    page.arrived("/login", "A");
    page.entries.push(added("/login", "typed"));
    await page.answer();
    page.requested("/login");
    page.started("/login", "B", "reload");
    page.arrived("/login", "B");
    await page.answer();
    assert.deepEqual(page.told, ["goto /login"]);
  });
});
