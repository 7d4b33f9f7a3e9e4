/**
 * The one exception to "no string becomes markup": the empty string, with which React Aria empties the element that
 * speaks to screen readers. Everything else is refused as before. Must run before any other script of the page; the
 * content policy allows no second one.
 */
interface TrustedTypes {
  createPolicy(name: string, rules: { createHTML: (text: string) => string | null }): unknown;
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
trustedTypes?.createPolicy('default', { createHTML: (text) => (text === '' ? '' : null) });
