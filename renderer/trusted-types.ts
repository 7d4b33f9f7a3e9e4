/**
 * The two exceptions to "no string becomes markup or code". The empty string as markup, with which React Aria empties
 * the element that speaks to screen readers; and the address of the page's own worker, a file that the build put beside
 * this one. Everything else is refused as before. Must run before any other script of the page; the content policy
 * allows no second one.
 */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createHTML: (text: string) => string | null; createScriptURL: (url: string) => string | null },
  ): unknown;
}

/** The worker that judges passwords, as the build names it. */
const WORKER = /^strength-worker-[\w-]+\.js$/;

/** True for a worker of this page, in the folder of its scripts. */
export function isOwnWorker(url: string, script: string): boolean {
  if (!URL.canParse(url)) return false;
  const folder = new URL('./', script).href;
  const { href, search, hash } = new URL(url);
  return search === '' && hash === '' && href.startsWith(folder) && WORKER.test(href.slice(folder.length));
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
trustedTypes?.createPolicy('default', {
  createHTML: (text) => (text === '' ? '' : null),
  createScriptURL: (url) => (isOwnWorker(url, import.meta.url) ? url : null),
});
