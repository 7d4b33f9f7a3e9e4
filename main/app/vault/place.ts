/** Addresses and identities of vaults, as people type and read them. */
import { HoldfastError } from '../../errors.ts';
import { parseVaultLine } from '../../keys/vault-line.ts';
import { fingerprintForPeople, fingerprintFromPeople } from '../../keys/vault/fingerprint.ts';
import type { VaultPlace } from '../../keys/vault/api.ts';
import type { VaultIdentity } from '../../ipc/services.ts';

const MAX_URLS = 16;

/**
 * What was typed or pasted: addresses apart by spaces or commas, `https://` may be left out; the identity in any
 * grouping, as hex, or as the text of the vault's square code.
 * @throws HoldfastError `bad-input`, saying which of the two cannot be read
 */
export function parsePlace(address: string, fingerprint: string): VaultPlace {
  const whole = parseVaultLine(fingerprint) ?? parseVaultLine(address);
  if (whole !== null) return whole;
  const urls = address
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map(parseUrl);
  if (urls.length === 0 || urls.length > MAX_URLS) throw badAddress();
  const identity = fingerprintFromPeople(fingerprint);
  if (identity === null) {
    throw new HoldfastError(
      'bad-input',
      'That is not the identity of a vault.',
      'Copy it again from whoever runs the vault: it is the long code that the vault showed when it was set up.',
      { severity: 'notice' },
    );
  }
  return { urls: [...new Set(urls)], fingerprint: identity };
}

function parseUrl(text: string): string {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(whole)) throw badAddress();
  const url = new URL(whole);
  if (url.protocol !== 'https:' || url.username !== '' || url.pathname !== '/' || url.search !== '') throw badAddress();
  return url.origin;
}

function badAddress(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'That is not the address of a vault.',
    'It looks like https://vault.example.org, perhaps with a port. Several sites are written one after the other.',
    { severity: 'notice' },
  );
}

/** True where every address is this computer itself. */
export function isLoopback(urls: readonly string[]): boolean {
  return urls.every((url) => ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(url).hostname));
}

/** A vault for showing. `embedded` where it is known; else a vault that listens on this computer alone is taken for it. */
export function shownIdentity(place: VaultPlace & { embedded?: boolean | undefined }): VaultIdentity {
  return {
    urls: place.urls,
    fingerprint: fingerprintForPeople(place.fingerprint).replaceAll('-', ' '),
    embedded: place.embedded ?? isLoopback(place.urls),
  };
}
