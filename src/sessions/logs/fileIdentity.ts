/** Files by what they are, whatever they are called at the moment. */
import type { BigIntStats } from "node:fs";
import { stat, type FileHandle } from "node:fs/promises";
import { systemCode } from "../util/errors.js";

/** Decimal: the numbers of Windows have 64 bits, of which a JavaScript number loses the last eleven. */
export interface FileIdentity {
  dev: string;
  ino: string;
}

/** Of an open file, or of the one that has the path; undefined where there is none. @throws what the system says otherwise */
export async function identityOf(file: string | FileHandle): Promise<FileIdentity | undefined> {
  try {
    return fileIdentity(await (typeof file === "string" ? stat(file, { bigint: true }) : file.stat({ bigint: true })));
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT") return undefined;
    throw thrown;
  }
}

export function fileIdentity({ dev, ino }: Pick<BigIntStats, "dev" | "ino">): FileIdentity {
  return { dev: String(dev), ino: String(ino) };
}

export function isSameFile(a: FileIdentity | undefined, b: FileIdentity | undefined): boolean {
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}
