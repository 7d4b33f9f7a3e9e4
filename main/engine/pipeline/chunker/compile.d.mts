/** Compiles gear.as.ts; see compile.mjs. */
export function compileChunker(outFile: string): Promise<void>;
