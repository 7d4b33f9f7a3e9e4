export const PROGRAMS: readonly string[];
export function nameProblems(
  names: readonly string[],
  facts: { platform: string; arch: string; development?: readonly string[] },
): string[];
export function contentProblem(name: string, bytes: Buffer, folders?: readonly string[]): string | null;
