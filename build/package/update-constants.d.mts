export function updateProblems(environment: Record<string, string | undefined>, platform: string): string[];
