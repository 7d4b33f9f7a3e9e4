/** A vault's fingerprint as people compare and type it. */
import { fingerprintText, parseFingerprint } from '../../../vault/protocol/vault-uri.ts';

/** 13 groups of 4. @param fingerprint 32 bytes in hex */
export function fingerprintForPeople(fingerprint: string): string {
  return fingerprintText(new Uint8Array(Buffer.from(fingerprint, 'hex')));
}

/** Hex of what was typed, in groups or as 64 hexadecimal digits; null where it is no fingerprint. */
export function fingerprintFromPeople(text: string): string | null {
  try {
    return Buffer.from(parseFingerprint(text)).toString('hex');
  } catch {
    return null;
  }
}
