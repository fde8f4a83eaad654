import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Film } from "../../src/sessions/host/requests/film.js";
import { Screencast, type Viewer } from "../../src/sessions/host/requests/screencast.js";
import type { CdpSession } from "../../src/sessions/host/wire/cdp.js";

describe("V7: pictures beside actions", () => {
  const folder = mkdtempSync(join(tmpdir(), "libretto-film-"));
  after(() => rmSync(folder, { recursive: true }));

  const picture = (at: number, bytes: number) => ({
    number: at,
    at,
    width: 1280,
    height: 720,
    data: Buffer.alloc(bytes, at).toString("base64"),
  });
  const names = (): string[] => readdirSync(join(folder, "film"));

  it("V7: the oldest make room, those of an earlier host first, and what stands still shares one file", () => {
    const parts = { folder, maxBytes: 250, failed: (error: Error) => assert.fail(error) };
    const earlier = new Film(parts);
    assert.deepEqual(earlier.keep("p1", picture(1, 100)), { file: "film/1-1-p1.jpg", width: 1280, height: 720 });
    assert.deepEqual(earlier.keep("p1", picture(1, 100)), earlier.keep("p1", picture(1, 100)));
    assert.deepEqual(names(), ["1-1-p1.jpg"]);
    const later = new Film(parts);
    later.keep("p1", picture(2, 150));
    assert.deepEqual(names(), ["1-1-p1.jpg", "2-2-p1.jpg"], "250 bytes are allowed");
    later.keep("p2", picture(3, 1));
    assert.deepEqual(names(), ["2-2-p1.jpg", "3-3-p2.jpg"]);
    assert.deepEqual(readFileSync(join(folder, "film", "3-3-p2.jpg")), Buffer.from([3]));
  });

  it("V7: what cannot be kept is told once, and costs no row", () => {
    const told: string[] = [];
    const film = new Film({ folder: join(folder, "film", "2-2-p1.jpg"), failed: ({ message }) => told.push(message) });
    assert.equal(film.keep("p1", picture(1, 1)), undefined);
    assert.equal(film.keep("p1", picture(2, 1)), undefined);
    assert.equal(told.length, 1);
  });

  it("V7: nothing is captured while nobody looks, and one capture is as large as the largest who look", () => {
    const sent: [method: string, width?: unknown][] = [];
    const session = {
      sessionId: "s",
      send: (method: string, params?: Record<string, unknown>) => {
        sent.push(params?.maxWidth === undefined ? [method] : [method, params.maxWidth]);
        return Promise.resolve({});
      },
      on: () => undefined,
      off: () => undefined,
    } as unknown as CdpSession;
    const screencast = new Screencast(session);
    const viewer = (width: number): Viewer => ({ width, height: width, everyMs: 0, show: () => undefined });
    const [small, large] = [viewer(200), viewer(800)];
    screencast.add(viewer(0));
    assert.deepEqual(sent.splice(0), []);
    screencast.add(small);
    screencast.add(large);
    assert.deepEqual(sent.splice(0), [
      ["Page.startScreencast", 200],
      ["Page.stopScreencast"],
      ["Page.startScreencast", 800],
    ]);
    screencast.remove(small);
    assert.deepEqual(sent.splice(0), []);
    Object.assign(large, { width: 0, height: 0 });
    screencast.adjust();
    assert.deepEqual(sent.splice(0), [["Page.stopScreencast"]]);
  });

  it("V7: what the page looked like at a time is the frame that stood then, also among many", () => {
    let now = 0;
    let frame: (event: object) => void = () => undefined;
    const session = {
      sessionId: "s",
      send: () => Promise.resolve({}),
      on: (_event: string, listener: typeof frame) => (frame = listener),
      off: () => undefined,
    } as unknown as CdpSession;
    const screencast = new Screencast(session, () => now);
    const viewer = { width: 800, height: 600, everyMs: 0, show: () => undefined };
    const seenAt = (at: number): string | undefined => screencast.seenAt(at)?.data;
    assert.equal(seenAt(0), undefined, "nobody looks");
    screencast.add(viewer);
    // Two in a burst, of which the second one stays for a while; then a page that moves; then it stands still.
    const times = [0, 2_000, 2_050, 2_300, ...Array.from({ length: 30 }, (_, n) => 2_400 + n * 30), 4_000];
    for (const at of times) {
      now = at;
      frame({ data: `at ${at}`, sessionId: at, metadata: { deviceWidth: 1, deviceHeight: 1 } });
    }
    assert.deepEqual([1_999, 2_200, 2_310, 3_900, 9_000].map(seenAt), [
      "at 0",
      "at 2050",
      "at 2300",
      "at 3270",
      "at 4000",
    ]);
    const moving = Number(/\d+/.exec(seenAt(2_800) ?? "")?.[0]);
    assert.ok(moving <= 2_800 && moving > 2_600, `${moving}`);
    now = 5_000;
    screencast.remove(viewer);
    assert.deepEqual([4_999, 5_001].map(seenAt), ["at 4000", undefined]);
  });
});
