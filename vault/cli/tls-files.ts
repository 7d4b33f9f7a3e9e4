/** What is known of a site's TLS key. */
import { createHash, X509Certificate } from 'node:crypto';

export interface TlsFiles {
  /** PEM. */
  cert: string;
  /** PEM. */
  key: string;
  /** SHA-256 of SubjectPublicKeyInfo, 32 bytes. */
  spkiHash: Uint8Array;
  /** False where a CA vouches for it, so that the bundle need not name it. */
  selfSigned: boolean;
}

/** @param pem a certificate, or a chain that begins with it */
export function spkiHashOf(pem: string): Uint8Array {
  const spki = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
  return new Uint8Array(createHash('sha256').update(spki).digest());
}
