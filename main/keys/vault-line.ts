/** The line that a vault's square code holds: its addresses and its identity in one. */
import { parseVaultUri } from '../../vault/protocol/vault-uri.ts';

/** Addresses, and the identity in hex; null where the text is no such line. */
export function parseVaultLine(text: string): { urls: string[]; fingerprint: string } | null {
  try {
    const { urls, fingerprint } = parseVaultUri(text);
    return { urls, fingerprint: Buffer.from(fingerprint).toString('hex') };
  } catch {
    return null;
  }
}
