/** Storing objects: small ones in one request, large ones in parts; both appear whole or not at all. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { unlink } from 'node:fs/promises';
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import { isAbsent } from '../local/errors.ts';
import { isHashedName } from '../names.ts';
import { assertNamedHash, BytesSource, digestsOf, FileSource, spoolGone, type Source } from '../remote/source.ts';
import { UploadNotes } from '../remote/upload-note.ts';
import { signBody, type Bucket } from './client.ts';
import { isUnsupported, type S3Failure } from './errors.ts';
import { Multipart, partSizeFor, WHOLE_LIMIT, type ObjectHeaders, type PartsJob } from './multipart.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export class Uploader {
  readonly parts: Multipart;
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
    this.parts = new Multipart(bucket);
  }

  /** Stores `bytes` under `name`, whatever is there. @throws HoldfastError; the signal's reason */
  async put(name: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    await this.#store(name, new BytesSource(bytes), { notes: null, ifAbsent: false, signal });
  }

  /** Stores the file at `spoolPath` under `name`; see `Destination.publish`. @throws HoldfastError; the signal's reason */
  async publish(spoolPath: string, name: string, keep: boolean, signal: AbortSignal | undefined): Promise<void> {
    const source = await FileSource.open(spoolPath);
    if (source === null) {
      // The answer to an earlier call was lost: the object is there, and its name says what is in it.
      if (isHashedName(name) && (await this.#sizeOf(name, signal)) !== null) return;
      throw spoolGone(spoolPath);
    }
    const notes = new UploadNotes(spoolPath);
    try {
      const there = isHashedName(name) ? await this.#sizeOf(name, signal) : null;
      if (there !== source.size) {
        await this.#store(name, source, { notes, ifAbsent: isHashedName(name) && there === null, signal });
      }
    } finally {
      await source.close();
    }
    await notes.remove();
    if (keep) return;
    await unlink(spoolPath).catch((error: unknown) => {
      if (!isAbsent(error)) throw spoolGone(spoolPath);
    });
  }

  async #store(name: string, source: Source, how: Pick<PartsJob, 'notes' | 'ifAbsent' | 'signal'>): Promise<void> {
    const partSize = partSizeFor(source.size);
    // MD5 is the name that parts have where they have no SHA-256.
    let withMd5 = !this.#bucket.traits.checksums || how.notes?.exists() === true;
    let digests = await digestsOf(source, partSize, withMd5, how.signal);
    if (how.notes !== null) assertNamedHash(name, digests.sha256);
    let { ifAbsent } = how;
    for (;;) {
      if (!withMd5 && !this.#bucket.traits.checksums) {
        withMd5 = true;
        digests = await digestsOf(source, partSize, withMd5, how.signal);
      }
      const job = {
        name,
        source,
        digests,
        ...how,
        ifAbsent,
        headers: this.#headers(name),
        traits: { ...this.#bucket.traits },
      };
      const refused = (failure: S3Failure): boolean =>
        failure.status === 412 || isUnsupported(failure) || isLockMissing(failure);
      const failure =
        source.size > WHOLE_LIMIT ? await this.parts.store(job, refused) : await this.#putWhole(job, refused);
      if (failure === null) return;
      if (failure.status === 412 && ifAbsent) {
        // Somebody was faster. The same size is the same object; any other is a broken one, which is replaced.
        if ((await this.#sizeOf(name, how.signal)) === source.size) return;
        ifAbsent = false;
      } else {
        this.#learn(failure, job);
      }
    }
  }

  /** Gives back what the server refused the object for, as `Multipart.store`. */
  async #putWhole(job: PartsJob, refused: (failure: S3Failure) => boolean): Promise<S3Failure | null> {
    const { traits } = job;
    const md5 = job.digests.parts[0]?.md5?.toString('base64');
    const heard = await this.#bucket.ask('create', job.signal, refused, async (request) => {
      const body = request.sending(job.source.pieces(0, job.source.size));
      const command = new PutObjectCommand({
        ...this.#bucket.keyOf(job.name),
        Body: body,
        ContentLength: job.source.size,
        ...job.headers,
        // Amazon wants one of the two for objects under a lock.
        ...(traits.checksums ? { ChecksumSHA256: job.digests.sha256.toString('base64') } : { ContentMD5: md5 }),
        ...(job.ifAbsent && traits.conditional ? { IfNoneMatch: '*' } : {}),
      });
      try {
        const sent = await this.#bucket.client.send(signBody(command, job.digests.sha256), {
          abortSignal: request.signal,
        });
        this.#bucket.proven(sent, sent.ETag);
      } finally {
        body.destroy();
      }
    });
    return 'failure' in heard ? heard.failure : null;
  }

  #headers(name: string): ObjectHeaders {
    const { storageClass, lock } = this.#bucket.place;
    const packs = /^c\/[0-9a-f]+\/p\//.test(name);
    return {
      // The library's list of classes is Amazon's only; other services have their own.
      ...(packs && storageClass !== null ? { StorageClass: storageClass as 'STANDARD' } : {}),
      ...(lock !== null && isHashedName(name)
        ? {
            ObjectLockMode: lock.mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE',
            ObjectLockRetainUntilDate: new Date(this.#bucket.now() + lock.days * DAY_MS),
          }
        : {}),
    };
  }

  /** Leaves out from now on what the server does not know. @throws HoldfastError where there is nothing to leave out */
  #learn(failure: S3Failure, { traits: used, ifAbsent }: PartsJob): void {
    const { traits, place } = this.#bucket;
    if (place.lock !== null && isLockMissing(failure)) throw lockMissing(place.bucket);
    const conditional = ifAbsent && used.conditional;
    // Another request, on its way at the same time, may have learnt it first.
    if (used.checksums !== traits.checksums || (conditional && !traits.conditional)) return;
    if (used.checksums && (!conditional || /checksum/i.test(failure.message))) traits.checksums = false;
    else if (conditional) traits.conditional = false;
    else
      throw new HoldfastError(
        'destination-failed',
        text`${this.#bucket.host} does not take files as Holdfast sends them.`,
        'Everything stored before is still there. Check the storage class and the lock chosen for this destination.',
        { detail: `${failure.code} (HTTP ${failure.status}): ${failure.message}`.slice(0, 500) },
      );
  }

  /** Size of the object in bytes, or null if there is none; whether there is a bucket shows in what follows. */
  async #sizeOf(name: string, signal: AbortSignal | undefined): Promise<number | null> {
    return (await this.#bucket.head(name, signal))?.ContentLength ?? null;
  }
}

function isLockMissing(failure: S3Failure): boolean {
  return failure.status === 400 && /object ?lock/i.test(`${failure.code} ${failure.message}`);
}

export function lockMissing(bucket: string): HoldfastError {
  return new HoldfastError(
    'bad-input',
    text`The bucket ${bucket} cannot protect objects from deletion.`,
    'Nothing was stored. Turn the protection off for this destination, or make a bucket with object lock: most providers offer it only when a bucket is made.',
  );
}
