/** Addresses that may be handed to the system's browser; whole addresses, so that nothing can be added to one. */

export const LICENCE = 'https://www.apache.org/licenses/LICENSE-2.0';

const ALLOWED: ReadonlySet<string> = new Set([LICENCE]);

export function isAllowedOutside(address: string): boolean {
  return ALLOWED.has(address);
}
