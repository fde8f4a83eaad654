export function missingTests(): string[];
export function reliabilityPage(results?: Record<string, { outcomes?: Record<string, string> }>): string;
