/** A log that a long night has written: 5 million requests in more than 1 GiB. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { NetworkRow } from "../src/sessions/logs/rows.js";

/** Fewer with LIBRETTO_BENCH_ROWS, to try a benchmark out. */
export const bigRowCount = Number(process.env["LIBRETTO_BENCH_ROWS"] ?? 5_000_000);

export function bigRowTime(row: number): string {
  return new Date(Date.UTC(2026, 0, 1) + row * 7).toISOString();
}

export function bigRow(n: number): NetworkRow {
  return {
    ts: bigRowTime(n),
    id: String(n),
    pageId: "p1",
    method: n % 9 === 0 ? "POST" : "GET",
    url: `https://shop.example/${n === bigRowCount - 1 ? "the-last-one" : `item/${n % 977}`}`,
    resourceType: "fetch",
    status: n % 1000 === 999 ? 503 : 200,
    statusText: "",
    contentType: null,
    requestHeaders: {},
    responseHeaders: {},
    size: n % 30_000,
    duration: n % 400,
    fromCache: false,
  };
}

/** Writes the file without any of the code that is measured. */
export async function writeBigLog(file: string): Promise<void> {
  const stream = createWriteStream(file, { mode: 0o600 });
  let text = "";
  for (let n = 0; n < bigRowCount; n++) {
    text += `${JSON.stringify(bigRow(n))}\n`;
    if (text.length < 4_000_000 && n !== bigRowCount - 1) continue;
    if (!stream.write(text)) await once(stream, "drain");
    text = "";
  }
  stream.end();
  await once(stream, "close");
}
