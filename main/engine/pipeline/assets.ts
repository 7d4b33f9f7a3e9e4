/** Where the built worker script and the compiled chunker lie: beside the bundle, or in dist/ when run from source. */
const here = import.meta.url;
const dist = here.endsWith('.ts') ? new URL('../../../dist/', here) : new URL('./', here);

export const workerScript = (): URL => new URL('pipeline-worker.js', dist);
export const chunkerWasm = (): URL => new URL('chunker.wasm', dist);
