/** Sizes as people read them. */

/** @returns such as `512 B`, `1.5 KiB` or `10 MiB`: in steps of 1024, with one digit at most behind the point */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const inKiB = bytes / 1024;
  const [amount, unit] = inKiB < 1024 ? [inKiB, "KiB"] : [inKiB / 1024, "MiB"];
  return `${Math.round(amount * 10) / 10} ${unit}`;
}
