import assert from "node:assert/strict";
import { cutToBytes, isTextType, mediaType, textOfPostData } from "../../../src/sessions/host/recorder/bodyText.js";

describe("Section F: text bodies are kept to a limit, others by size only", () => {
  it("knows text from what is none", () => {
    for (const type of [
      "text/html",
      "application/json",
      "application/ld+json",
      "application/vnd.api+json",
      "image/svg+xml",
      "application/javascript",
      "application/x-www-form-urlencoded",
      "application/xml",
      "application/rss+xml",
    ])
      assert.ok(isTextType(type), type);
    for (const type of [
      "image/png",
      "application/octet-stream",
      "font/woff2",
      "video/mp4",
      "application/pdf",
      "application/wasm",
      null,
    ])
      assert.ok(!isTextType(type), String(type));
    assert.equal(mediaType("Application/JSON; charset=utf-8"), "application/json");
    assert.equal(mediaType(" "), null);
  });

  it("cuts at the limit, in bytes, and never through a character", () => {
    for (const text of ["abcdef", "éééé", "日本語", "🎵🎶🎵", "a🎵é日"]) {
      for (let limit = 0; limit < 16; limit++) {
        const { text: cut, cut: isCut } = cutToBytes(text, limit);
        assert.ok(Buffer.byteLength(cut) <= limit);
        assert.ok(text.startsWith(cut), `${text} at ${limit}: ${cut}`);
        assert.equal(isCut, cut !== text);
        // No further character would have fitted.
        const next = [...text][[...cut].length];
        if (next !== undefined) assert.ok(Buffer.byteLength(cut + next) > limit);
      }
    }
  });

  it("takes binary data for text only in multipart", () => {
    const binary = Buffer.from([0xff, 0xfe, 0x00]);
    assert.equal(textOfPostData(binary, "application/octet-stream"), undefined);
    assert.notEqual(textOfPostData(binary, "multipart/form-data"), undefined);
    assert.equal(textOfPostData(Buffer.from("é"), null), "é");
  });
});
