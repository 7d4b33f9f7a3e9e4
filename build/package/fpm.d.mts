export interface Parsed {
  options: Record<string, string>;
  lists: Record<string, string[]>;
  files: [from: string, to: string][];
}

export function parseArguments(args: readonly string[]): Parsed;
export function controlText(parsed: Parsed, kib: number): string;
export function specText(parsed: Parsed, files: readonly string[], scripts: { post: string; postun: string }): string;
