export const rooms: Record<string, string[]>;
export function roomOf(file: string): string | undefined;
export function forbiddenImport(from: string, to: string): string | undefined;
export function resolveImport(from: string, specifier: string): string | undefined;
