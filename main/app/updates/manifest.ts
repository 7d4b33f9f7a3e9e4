/**
 * What a channel offers: one JSON file that names a release and its files, and a file of Ed25519 signatures (RFC 8032)
 * over its very bytes. `build/sign-release.mjs` makes both. Nothing in it is looked at before a signature of a known key
 * was found good.
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';
import { HoldfastError } from '../../errors.ts';
import { isVersion } from './version.ts';

/** Before the bytes that are signed, so that a signature of the same key over anything else is none over a release. */
export const SIGNED_PREFIX = 'holdfast release 1\n';
export const MAX_MANIFEST_BYTES = 256 * 1024;
export const MAX_SIGNATURES_BYTES = 8 * 1024;
/** Two, so that a new key can be brought in before the old one goes. */
export const MAX_KEYS = 2;

const FORMAT = 1;
/** Of a raw Ed25519 public key. */
const KEY_BYTES = 32;
/** SubjectPublicKeyInfo of Ed25519 up to the raw key (RFC 8410). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

const Version = z.string().refine(isVersion);

const ReleaseFile = z.object({
  /** No folder, nothing hidden. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/),
  system: z.enum(['linux', 'darwin', 'win32']),
  arch: z.enum(['x64', 'arm64', 'universal']),
  /** Bytes. */
  size: z.number().int().positive(),
  /** Base64 of 64 bytes. */
  sha512: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
  /** Bytes of the map at the end of an AppImage by which only what changed is loaded. */
  blockMapSize: z.number().int().positive().optional(),
});
export type ReleaseFile = z.infer<typeof ReleaseFile>;

const Release = z.object({
  format: z.literal(FORMAT),
  product: z.literal('holdfast'),
  version: Version,
  channel: z.enum(['stable', 'beta']),
  /** When it was signed; a later manifest of the same channel never has an earlier one. */
  issued: z.iso.datetime(),
  /** The oldest version that may go to this one in one step. */
  minimumVersion: Version,
  /** Of 100 computers, how many get it by themselves. At 0 it is withdrawn: nobody gets it, not by hand either. */
  rollout: z.number().min(0).max(100),
  /** Plain text. */
  notes: z.string().max(20_000),
  /** The folder of the files where they do not lie beside the manifest; ends with a slash. */
  folder: z.url().endsWith('/').optional(),
  files: z.array(ReleaseFile).min(1).max(50),
});
export type Release = z.infer<typeof Release>;
export type Channel = Release['channel'];

const Signatures = z.object({
  signatures: z.array(z.object({ key: z.string().max(64), signature: z.string().max(200) })).max(10),
});

export interface ReleaseKey {
  /** The first 8 bytes of the SHA-256 of the raw key, in hex: names it in files of signatures. */
  readonly id: string;
  readonly key: KeyObject;
}

/**
 * A public key of the app.
 * @param text base64 of its 32 raw bytes
 * @throws RangeError
 */
export function releaseKey(text: string): ReleaseKey {
  const raw = Buffer.from(text, 'base64');
  if (raw.length !== KEY_BYTES || raw.toString('base64') !== text) throw new RangeError('not an Ed25519 public key');
  const key = createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: 'der', type: 'spki' });
  return { id: createHash('sha256').update(raw).digest('hex').slice(0, 16), key };
}

/**
 * The release that these bytes tell of, where one of the keys signed them for this channel.
 * @param manifest the bytes as they were served
 * @param signatures the file of signatures as it was served
 * @throws HoldfastError `update-refused`
 */
export function readRelease(
  manifest: Uint8Array,
  signatures: Uint8Array,
  keys: readonly ReleaseKey[],
  channel: Channel,
): Release {
  if (!isSigned(manifest, signatures, keys)) throw badSignature();
  const json = parsed(manifest);
  const { format } = z.object({ format: z.number() }).safeParse(json).data ?? {};
  if (format !== undefined && format > FORMAT) throw tooNew();
  const release = Release.safeParse(json);
  if (!release.success) throw unreadable(release.error.issues.map(({ path }) => path.join('.')).join(', '));
  if (release.data.channel !== channel) throw unreadable(`a release of the channel ${release.data.channel}`);
  return release.data;
}

function isSigned(manifest: Uint8Array, signatures: Uint8Array, keys: readonly ReleaseKey[]): boolean {
  const found = Signatures.safeParse(parsed(signatures)).data?.signatures ?? [];
  const message = Buffer.concat([Buffer.from(SIGNED_PREFIX), manifest]);
  return keys
    .slice(0, MAX_KEYS)
    .some(({ id, key }) =>
      found.some((one) => one.key === id && verify(null, message, key, Buffer.from(one.signature, 'base64'))),
    );
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}

function badSignature(): HoldfastError {
  return new HoldfastError(
    'update-refused',
    'An update was refused: it isn’t signed by the makers of Holdfast.',
    'Nothing was loaded or changed. If it happens again, someone may be between you and the update server.',
  );
}

function unreadable(detail: string): HoldfastError {
  return new HoldfastError(
    'update-refused',
    'An update was refused: what the server says of it can’t be right.',
    'Nothing was loaded or changed. Holdfast looks again later.',
    { detail },
  );
}

function tooNew(): HoldfastError {
  return new HoldfastError(
    'update-refused',
    'There is a newer Holdfast, but this version can’t update itself to it.',
    'Install the newer version by hand, the way you installed this one. Your settings and backups stay.',
    { severity: 'notice' },
  );
}
