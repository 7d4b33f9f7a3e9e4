/** Where the built worker script and the compiled chunker lie: in dist/, whether run from source or from a chunk of it. */
const here = import.meta.url;
const dist = new URL(here.endsWith('.ts') ? '../../../dist/' : here.includes('/dist/chunks/') ? '../' : './', here);

export const workerScript = (): URL => new URL('pipeline-worker.js', dist);
export const chunkerWasm = (): URL => new URL('chunker.wasm', dist);
