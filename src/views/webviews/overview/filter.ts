/** Which sessions of the overview are wanted, and how they lie. */
import type { Tile } from "./protocol.js";

/** Whether every word of the filter is in what the tile says. */
export function matches({ name, words, title, address, drives }: Tile, filter: string): boolean {
  const text = [name, words, title, address, drives].join("\n").toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** @param tops where tiles that wrap begin, from above @returns how many stand in a row */
export function fromTiles(tops: number[]): number {
  const below = tops.findIndex((top) => top !== tops[0]);
  return below < 0 ? Math.max(tops.length, 1) : below;
}
