import { isAbsolute, relative } from "node:path";

/** A path as people write it: relative where it lies below the folder. */
export function shortPathFrom(folder: string, path: string): string {
  const short = relative(folder, path);
  return short.startsWith("..") || isAbsolute(short) ? path : short;
}
