export function missingTests(): string[];
export function reliabilityPage(results?: Record<string, Record<string, string>>): string;
