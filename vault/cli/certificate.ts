/** A self-signed TLS certificate (RFC 5280): the bundle names its key, so that no public CA has to vouch for it. */
import 'reflect-metadata'; // the container behind @peculiar/x509 asks for it
import { createHash, createPrivateKey } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const YEARS = 10;
const DAY_MS = 24 * 3_600_000;
const NAME = 'CN=Holdfast key vault';
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface Certificate {
  /** PEM, PKCS #8. */
  key: string;
  /** PEM. */
  cert: string;
  /** SHA-256 of SubjectPublicKeyInfo, 32 bytes: what the bundle's `tlsKeys` lists. */
  spkiHash: Uint8Array;
}

/**
 * @param names host names and addresses that it is for
 * @param nowMs ms since 1970
 */
export async function selfSigned(names: string[], nowMs: number): Promise<Certificate> {
  const { subtle } = crypto;
  const keys = await subtle.generateKey(ECDSA, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: NAME,
      keys,
      signingAlgorithm: ECDSA,
      // A clock that is a little behind must not refuse a new certificate.
      notBefore: new Date(nowMs - DAY_MS),
      notAfter: new Date(nowMs + YEARS * 365 * DAY_MS),
      extensions: [
        new SubjectAlternativeNameExtension(
          names.map((name) => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
        ),
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      ],
    },
    crypto,
  );
  const spki = new Uint8Array(await subtle.exportKey('spki', keys.publicKey));
  const secret = Buffer.from(await subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
  secret.fill(0);
  return {
    key: key.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `${certificate.toString('pem')}\n`,
    spkiHash: new Uint8Array(createHash('sha256').update(spki).digest()),
  };
}
