/**
 * Which names an object can have: exactly those of FORMAT.md, nothing else. Every adapter asks here before it turns a
 * name into a path or a key, so a hostile name (`../x`, an absolute path, a drive letter) never reaches a storage.
 */
import { HoldfastError } from '../errors.ts';
import { text } from '../text.ts';

/** Client and repository ids: 16 bytes in lower-case hexadecimal. */
const ID = '[0-9a-f]{32}';
/** SHA-256 of the stored bytes, 32 bytes in lower-case hexadecimal. */
const SHA256 = '[0-9a-f]{64}';

const HASHED = new RegExp(`^(?:k|c/${ID}/[pmis])/${SHA256}$`);
const FIXED = new RegExp(
  `^(?:repo(?:\\.[12])?\\.json|c/${ID}/(?:x/[0-9a-f]{8,64}|domain|retired)|probe/${ID}/[0-9a-f]{1,64})$`,
);
const PREFIX = new RegExp(`^(?:|k/|c/|c/${ID}/|c/${ID}/[pmisx]/|probe/|probe/${ID}/)$`);
const OWNER = new RegExp(`^${ID}$`);

/**
 * Names under this prefix (`probe/<32 hex>/<1 to 64 hex>`) belong to destination tests. They are stored like others,
 * but `list('')` neither yields nor reports them; only `list('probe/')` and below does.
 */
export const PROBE_PREFIX = 'probe/';

/** The three copies of the repository's signed description. */
export const REPOSITORY_FILES = ['repo.json', 'repo.1.json', 'repo.2.json'] as const;

/** True for every name that an object can have, probes included. */
export function isObjectName(name: string): boolean {
  return HASHED.test(name) || FIXED.test(name);
}

/** True where the last segment of the name is the SHA-256 of the stored bytes: same name, same content. */
export function isHashedName(name: string): boolean {
  return HASHED.test(name);
}

/** True for every prefix that `list` takes: empty, `k/`, `c/`, `c/<id>/`, `c/<id>/<p|m|i|s|x>/`, `probe/…`. */
export function isObjectPrefix(prefix: string): boolean {
  return PREFIX.test(prefix);
}

/** True for a spool's owner: a client id, 32 lower-case hexadecimal digits. */
export function isOwner(owner: string): boolean {
  return OWNER.test(owner);
}

/** @throws HoldfastError `bad-input` unless `isObjectName(name)` */
export function assertObjectName(name: string): void {
  if (!isObjectName(name)) throw refused('name of a stored object', name);
}

/** @throws HoldfastError `bad-input` unless `isObjectPrefix(prefix)` */
export function assertObjectPrefix(prefix: string): void {
  if (!isObjectPrefix(prefix)) throw refused('place in a backup', prefix);
}

/** @throws HoldfastError `bad-input` unless `isOwner(owner)` */
export function assertOwner(owner: string): void {
  if (!isOwner(owner)) throw refused('computer’s id', owner);
}

/** Checks a byte range; `offset` and `length` in bytes. @throws HoldfastError `bad-input` */
export function assertRange(offset: number, length: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && Number.isSafeInteger(offset + length);
  if (!whole || offset < 0 || length < 0) throw refused('range of bytes', `${offset}+${length}`);
}

function refused(what: string, value: string): HoldfastError {
  return new HoldfastError(
    'bad-input',
    text`Holdfast was asked for something that is not a ${what}.`,
    'Nothing was read or changed. If this happens again, export the log and report it.',
    { detail: JSON.stringify(value.slice(0, 200)) },
  );
}
