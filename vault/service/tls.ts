/** TLS 1.3 only, with the hybrid post-quantum key exchange where this OpenSSL has it. */
import { createSecureContext, type SecureContextOptions } from 'node:tls';

export interface TlsMaterial {
  /** PEM. */
  key: string;
  /** PEM, the chain. */
  cert: string;
}

const HYBRID = 'X25519MLKEM768:X25519:P-256';
const CLASSIC = 'X25519:P-256';

/** The groups that this OpenSSL takes, best first. */
export function keyExchangeGroups(): string {
  try {
    createSecureContext({ ecdhCurve: HYBRID, minVersion: 'TLSv1.3' });
    return HYBRID;
  } catch {
    return CLASSIC;
  }
}

export function tlsOptions(tls: TlsMaterial): SecureContextOptions {
  return { key: tls.key, cert: tls.cert, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', ecdhCurve: keyExchangeGroups() };
}
