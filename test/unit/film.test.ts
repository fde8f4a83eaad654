import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Film } from "../../src/sessions/host/requests/film.js";

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
});
