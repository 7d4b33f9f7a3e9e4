/** Names and bytes for tests of destinations. */
import { createHash, randomBytes } from 'node:crypto';

export const CLIENT = '0123456789abcdef0123456789abcdef';
export const OTHER_CLIENT = 'fedcba9876543210fedcba9876543210';

export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

/** Name of an object with these bytes in a client's folder, or in `k` where `kind` is that. */
export function nameFor(bytes: Uint8Array, kind: 'k' | 'p' | 'm' | 'i' | 's' = 'p', client = CLIENT): string {
  const hash = Buffer.from(sha256(bytes)).toString('hex');
  return kind === 'k' ? `k/${hash}` : `c/${client}/${kind}/${hash}`;
}

export function random(size: number): Uint8Array {
  return new Uint8Array(randomBytes(size));
}

/** Bytes that differ from those of every other number, at no cost. */
export function numbered(number: number, size = 16): Uint8Array {
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

/** What a damaged or hostile repository, or a mistake of ours, could ask a destination for. */
export const HOSTILE_NAMES: readonly string[] = [
  '',
  '.',
  '..',
  '/',
  '../repo.json',
  '../../etc/passwd',
  '/etc/passwd',
  './repo.json',
  'repo.json/',
  'repo.json/..',
  'repo.json\0',
  'repo.json\n',
  'REPO.JSON',
  'repo.3.json',
  'repo.json.tmp',
  'C:\\repo.json',
  'repo.json:stream',
  'tmp/x',
  'k',
  'k/',
  'k/..',
  `k/${'a'.repeat(63)}`,
  `k/${'a'.repeat(65)}`,
  `k/${'A'.repeat(64)}`,
  `k/${'g'.repeat(64)}`,
  `k/aa/${'a'.repeat(64)}`,
  `k\\${'a'.repeat(64)}`,
  `k/${'a'.repeat(64)}\n`,
  `k//${'a'.repeat(64)}`,
  `K/${'a'.repeat(64)}`,
  `c/${CLIENT}`,
  `c/${CLIENT}/`,
  `c/${CLIENT}/p/..`,
  `c/../${CLIENT}/p/${'a'.repeat(64)}`,
  `c/${CLIENT}/q/${'a'.repeat(64)}`,
  `c/${CLIENT}/p/${'a'.repeat(64)} (1)`,
  `c/${CLIENT}/p/${'a'.repeat(64)}.sync-conflict`,
  `c/${CLIENT}/x/`,
  `c/${CLIENT}/x/../domain`,
  `c/${CLIENT}/x/short`,
  `c/${CLIENT}/domain/x`,
  `c/${CLIENT.toUpperCase()}/domain`,
  `c/${CLIENT.slice(1)}/domain`,
  'probe/x',
  `probe/${CLIENT}/..`,
  `probe/${CLIENT}/`,
];
