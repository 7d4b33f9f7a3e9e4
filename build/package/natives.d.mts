export const NATIVE_COUNT: number;
export function nativeFiles(platform: string, arch: string): RegExp[];
export function binaryTarget(bytes: Buffer): { platform: string; archs: string[] } | null;
export function binaryProblem(file: string, platform: string, arch: string): Promise<string | null>;
