/** Where the built script of the fetcher's thread lies: in dist/, whether run from source or from a chunk of it. */
const here = import.meta.url;
const dist = new URL(here.endsWith('.ts') ? '../../../dist/' : here.includes('/dist/chunks/') ? '../' : './', here);

export const fetcherScript = (): URL => new URL('pack-fetcher.js', dist);
