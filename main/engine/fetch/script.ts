/** Where the built script of the fetcher's thread lies: beside the bundle, or in dist/ when run from source. */
const here = import.meta.url;
const dist = here.endsWith('.ts') ? new URL('../../../dist/', here) : new URL('./', here);

export const fetcherScript = (): URL => new URL('pack-fetcher.js', dist);
