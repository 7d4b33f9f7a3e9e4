export function folderBytes(folder: string): Promise<number>;
export function archiveParts(entries: readonly { name: string; size?: number }[]): [name: string, bytes: number][];
export function megabytes(bytes: number): string;
/** @param budget megabytes by system and part */
export function budgetProblems(
  platform: string,
  sizes: Readonly<Record<string, number>>,
  budget?: Readonly<Record<string, Readonly<Record<string, number>>>>,
): string[];
