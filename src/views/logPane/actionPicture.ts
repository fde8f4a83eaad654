/** The picture beside an action: what its page looked like when it began, as the host left it in the session's folder. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { parseRow } from "../../sessions/logs/filter.js";
import type { ViewRow } from "../../sessions/logs/logView.js";
import type { DetailSection } from "../webviews/logPane/protocol.js";

/** A larger file is none of ours. */
const maxBytes = 16 * 1024 * 1024;

/** @param folder the session's own @returns undefined where the row has no picture, or it is gone */
export async function pictureSection(
  row: ViewRow,
  folder: string,
  blurred: boolean,
): Promise<DetailSection | undefined> {
  const value = row.kind === "actions" && !row.cut ? parseRow(row.text) : undefined;
  const { file, width, height } = (value?.picture ?? {}) as Record<string, unknown>;
  // The row comes from a file that anyone may have written.
  if (typeof file !== "string" || !/^film\/[\w-]+\.jpg$/.test(file)) return undefined;
  if (!isSize(width) || !isSize(height)) return undefined;
  const data = await readImage(path.join(folder, file));
  if (!data) return undefined;
  const { x, y } = (value?.coordinates ?? {}) as Record<string, unknown>;
  return {
    type: "picture",
    title: vscode.l10n.t("The page when it began"),
    data,
    width,
    height,
    blurred,
    ...(typeof x === "number" && typeof y === "number" ? { mark: { x, y } } : {}),
  };
}

async function readImage(file: string): Promise<ArrayBuffer | undefined> {
  try {
    await using handle = await open(file, constants.O_RDONLY | ((constants.O_NOFOLLOW as number | undefined) ?? 0));
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size > maxBytes) return undefined;
    const data = new ArrayBuffer(stat.size);
    await handle.read(new Uint8Array(data), 0, stat.size, 0);
    return data;
  } catch {
    // The oldest ones are removed in time.
    return undefined;
  }
}

const isSize = (value: unknown): value is number => typeof value === "number" && value > 0 && value < 100_000;
