export function promisesPage(): { text: string; missing: string[]; stale: string[] };
