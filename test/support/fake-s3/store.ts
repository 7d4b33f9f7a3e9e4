/** What the fake keeps: one bucket with versions, locks and unfinished uploads, by the rules of Amazon's API reference. */
import { createHash, randomBytes } from 'node:crypto';
import { S3Error } from './errors.ts';

export interface Version {
  id: string;
  /** Null: a delete marker. */
  bytes: Buffer | null;
  etag: string;
  modified: number;
  storageClass: string;
  /** What the client sent as `x-amz-checksum-sha256` and was right; of parts together: `…-<count>`. */
  sha256: string | undefined;
  lock: { mode: string; until: number } | null;
}

export interface Upload {
  id: string;
  key: string;
  started: number;
  checksums: boolean;
  storageClass: string;
  lock: Version['lock'];
  parts: Map<number, { bytes: Buffer; etag: string; sha256: string | undefined }>;
}

export interface NewObject {
  sha256: string | undefined;
  storageClass: string;
  lock: Version['lock'];
  ifNoneMatch: boolean;
}

const MIN_PART = 5 * 2 ** 20;

export class Store {
  /** Of a key, oldest first. */
  readonly #versions = new Map<string, Version[]>();
  readonly uploads = new Map<string, Upload>();
  /** Keeps versions, as object lock needs it. */
  versioned = false;
  objectLock = false;
  capacity = Number.POSITIVE_INFINITY;
  /** Ms since the epoch; tests turn it. */
  now: () => number = () => Date.now();

  /** Remembers all that is there; the function puts it back, and forgets what came since. */
  keep(): () => void {
    const versions = [...this.#versions].map(([key, of]) => [key, [...of]] as const);
    return () => {
      this.uploads.clear();
      this.#versions.clear();
      for (const [key, of] of versions) this.#versions.set(key, [...of]);
    };
  }

  keys(): string[] {
    return [...this.#versions.keys()].filter((key) => this.find(key) !== null).sort();
  }

  versionsOf(key: string): readonly Version[] {
    return this.#versions.get(key) ?? [];
  }

  /** The newest version, or the one with that id. */
  find(key: string, id?: string): (Version & { bytes: Buffer }) | null {
    const versions = this.versionsOf(key);
    const found = id === undefined ? versions.at(-1) : versions.find((version) => version.id === id);
    return found === undefined || found.bytes === null ? null : { ...found, bytes: found.bytes };
  }

  put(key: string, bytes: Buffer, object: NewObject, etag?: string): Version {
    if (object.ifNoneMatch && this.find(key) !== null) throw preconditionFailed();
    if (object.lock !== null) this.#checkLock(object.lock);
    const replaced = this.versioned ? 0 : (this.find(key)?.bytes.length ?? 0);
    if (this.#used() - replaced + bytes.length > this.capacity) {
      throw new S3Error(403, 'QuotaExceeded', 'Your usage has exceeded the limit.');
    }
    return this.#add(key, {
      id: this.versioned ? randomBytes(12).toString('hex') : 'null',
      bytes,
      etag: etag ?? md5(bytes),
      modified: this.now(),
      storageClass: object.storageClass,
      sha256: object.sha256,
      lock: object.lock,
    });
  }

  remove(key: string, id: string | undefined): void {
    const versions = this.#versions.get(key) ?? [];
    if (id === undefined && this.versioned) {
      if (versions.length > 0) this.#add(key, { ...marker(this.now()) });
      return;
    }
    const at = id === undefined ? versions.length - 1 : versions.findIndex((version) => version.id === id);
    const found = versions[at];
    if (found === undefined) return;
    if (found.lock !== null && found.lock.until > this.now()) {
      throw new S3Error(403, 'AccessDenied', 'Access Denied because object protected by object lock.');
    }
    versions.splice(at, 1);
    if (versions.length === 0) this.#versions.delete(key);
  }

  begin(key: string, checksums: boolean, storageClass: string, lock: Version['lock']): Upload {
    if (lock !== null) this.#checkLock(lock);
    const id = randomBytes(16).toString('base64url');
    const upload = { id, key, started: this.now(), checksums, storageClass, lock, parts: new Map() };
    this.uploads.set(id, upload);
    return upload;
  }

  upload(key: string, id: string): Upload {
    const upload = this.uploads.get(id);
    if (upload?.key === key) return upload;
    throw new S3Error(404, 'NoSuchUpload', 'The specified upload does not exist. The upload ID may be invalid.');
  }

  complete(
    upload: Upload,
    wanted: { number: number; etag: string; sha256: string | undefined }[],
    ifNoneMatch: boolean,
  ): Version {
    const parts = wanted.map(({ number, etag, sha256 }, index) => {
      const part = upload.parts.get(number);
      if (part === undefined || part.etag !== etag || (upload.checksums && part.sha256 !== sha256)) {
        throw new S3Error(400, 'InvalidPart', 'One or more of the specified parts could not be found.');
      }
      if (index < wanted.length - 1 && part.bytes.length < MIN_PART) {
        throw new S3Error(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
      }
      if (index > 0 && number <= (wanted[index - 1]?.number ?? 0)) {
        throw new S3Error(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.');
      }
      return part;
    });
    const { checksums, storageClass, lock } = upload;
    const sums = parts.map((part) => Buffer.from(part.sha256 ?? '', 'base64'));
    const sha256 = checksums
      ? `${createHash('sha256').update(Buffer.concat(sums)).digest('base64')}-${parts.length}`
      : undefined;
    const whole = Buffer.concat(parts.map((part) => part.bytes));
    const etag = `${md5(Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex'))))}-${parts.length}`;
    const made = this.put(upload.key, whole, { sha256, storageClass, lock, ifNoneMatch }, etag);
    this.uploads.delete(upload.id);
    return made;
  }

  /** Cuts the newest version behind everybody's back. */
  truncate(key: string, size: number): void {
    const versions = this.#versions.get(key);
    const newest = versions?.pop();
    if (versions === undefined || newest?.bytes == null) throw new Error(`${key} is not there`);
    versions.push({ ...newest, bytes: newest.bytes.subarray(0, size) });
  }

  #add(key: string, version: Version): Version {
    const versions = this.#versions.get(key) ?? [];
    if (!this.versioned) versions.length = 0;
    versions.push(version);
    this.#versions.set(key, versions);
    return version;
  }

  #checkLock(lock: { until: number }): void {
    if (!this.objectLock) {
      throw new S3Error(400, 'InvalidRequest', 'Bucket is missing Object Lock Configuration');
    }
    if (lock.until <= this.now()) {
      throw new S3Error(400, 'InvalidArgument', 'The retain until date must be in the future!');
    }
  }

  #used(): number {
    let used = 0;
    for (const versions of this.#versions.values()) {
      for (const version of versions) used += version.bytes?.length ?? 0;
    }
    for (const upload of this.uploads.values()) for (const part of upload.parts.values()) used += part.bytes.length;
    return used;
  }
}

export function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}

export function preconditionFailed(): S3Error {
  return new S3Error(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    Condition: 'If-None-Match',
  });
}

function marker(modified: number): Version {
  const id = randomBytes(12).toString('hex');
  return { id, bytes: null, etag: '', modified, storageClass: 'STANDARD', sha256: undefined, lock: null };
}
