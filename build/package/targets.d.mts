export const KINDS: Readonly<Record<string, readonly string[]>>;
export function reachesGitHub(): Promise<boolean>;
export function targetsHere(
  online: boolean,
  here?: {
    platform?: NodeJS.Platform;
    has?: (program: string) => boolean;
    cached?: (tool: string) => boolean;
  },
): { kinds: string[]; fpm: 'theirs' | 'ours'; not: [kind: string, why: string][] };
