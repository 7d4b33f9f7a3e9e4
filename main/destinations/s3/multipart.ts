/**
 * Large objects in parts that go side by side: nothing appears under the name before the last request joins them, and
 * parts that arrived are kept for the next try.
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import type { Digests, Source } from '../remote/source.ts';
import { signBody, type Bucket, type Traits } from './client.ts';
import { isUnsupported, type S3Failure } from './errors.ts';
import type { UploadNotes } from '../remote/upload-note.ts';

/** Objects above this go in parts. */
export const WHOLE_LIMIT = 16 * 2 ** 20;
/** Bytes of a part, the unit of resumption. S3 takes 10,000 parts of 5 MiB to 5 GiB; R2 wants all of one size. */
const PART = 16 * 2 ** 20;
const MAX_PARTS = 10_000;
/** Parts of one object that are on their way at a time. */
const SIDE_BY_SIDE = 3;
/** How long the removal of a broken-off upload may hold up the answer to a cancelled call, in ms. */
const TIDY_MS = 800;

/** What is noted of an upload under way: everything that must be alike for parts that are there to count. */
interface UploadNote {
  version: 1;
  bucket: string;
  key: string;
  uploadId: string;
  /** Bytes of the object and of each part but the last. */
  size: number;
  partSize: number;
  /** SHA-256 of the object, hex. */
  sha256: string;
  /** The upload was begun with SHA-256 checksums of its parts. */
  checksums: boolean;
}

interface Part {
  PartNumber: number;
  ETag: string | undefined;
  ChecksumSHA256?: string;
}

export function partSizeFor(size: number): number {
  const least = Math.ceil(size / MAX_PARTS);
  return least <= PART ? PART : Math.ceil(least / 2 ** 20) * 2 ** 20;
}

/** What a request that makes an object says beside its bytes: storage class, lock, condition. */
export interface ObjectHeaders {
  StorageClass?: 'STANDARD';
  ObjectLockMode?: 'GOVERNANCE' | 'COMPLIANCE';
  ObjectLockRetainUntilDate?: Date;
}

export interface PartsJob {
  name: string;
  source: Source;
  digests: Digests;
  headers: ObjectHeaders;
  /** What the server is taken to know. */
  traits: Traits;
  /** Fails with `PreconditionFailed` where the object is there by now. */
  ifAbsent: boolean;
  /** Where the upload is remembered; null: it is not, and is removed on any failure. */
  notes: UploadNotes | null;
  signal: AbortSignal | undefined;
}

export class Multipart {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /** Gives back what the server refused the object for where `ifAbsent` or a trait did, else null. @throws HoldfastError */
  async store(job: PartsJob, refused: (failure: S3Failure) => boolean): Promise<S3Failure | null> {
    const begun = await this.#begin(job, refused);
    if ('failure' in begun) return begun.failure;
    const { note, parts } = begun;
    try {
      await this.#sendMissing(job, note, parts);
      const failure = await this.#complete(job, note, parts, refused);
      if (failure !== null) await this.#giveUp(job, note);
      else await job.notes?.remove();
      return failure;
    } catch (error) {
      // What failed for a while goes on later; what failed for good would only cost space.
      const later = job.signal?.aborted === true || (error instanceof HoldfastError && error.retry !== undefined);
      if (job.notes === null || !later) await this.#giveUp(job, note);
      throw error;
    }
  }

  async #begin(
    job: PartsJob,
    refused: (failure: S3Failure) => boolean,
  ): Promise<{ note: UploadNote; parts: Map<number, Part> } | { failure: S3Failure }> {
    const { Bucket, Key } = this.#bucket.keyOf(job.name);
    const wanted = {
      version: 1 as const,
      bucket: Bucket,
      key: Key,
      size: job.source.size,
      partSize: partSizeFor(job.source.size),
      sha256: job.digests.sha256.toString('hex'),
    };
    const noted = (await job.notes?.read(wanted)) ?? null;
    if (typeof noted?.['uploadId'] === 'string') {
      const known = { ...wanted, uploadId: noted['uploadId'], checksums: noted['checksums'] === true };
      const parts = await this.#listParts(job, known);
      if (parts !== null) return { note: known, parts };
    }
    const { checksums } = job.traits;
    const command = new CreateMultipartUploadCommand({
      Bucket,
      Key,
      ...job.headers,
      ...(checksums ? { ChecksumAlgorithm: 'SHA256' } : {}),
    });
    const heard = await this.#bucket.ask('create', job.signal, refused, async ({ signal: abortSignal }) => {
      return await this.#bucket.client.send(command, { abortSignal });
    });
    if ('failure' in heard) return heard;
    const uploadId = this.#bucket.proven(heard.answer, heard.answer.UploadId).UploadId ?? '';
    const note = { ...wanted, uploadId, checksums };
    await job.notes?.write(note);
    return { note, parts: new Map() };
  }

  /** The parts that are there with the very bytes that would be sent; null where the upload itself is gone. */
  async #listParts(job: PartsJob, note: UploadNote): Promise<Map<number, Part> | null> {
    const parts = new Map<number, Part>();
    let marker: string | undefined;
    do {
      const command: ListPartsCommand = new ListPartsCommand({
        ...this.#bucket.keyOf(job.name),
        UploadId: note.uploadId,
        ...(marker === undefined ? {} : { PartNumberMarker: marker }),
      });
      const heard = await this.#bucket.ask(
        'list',
        job.signal,
        (failure) => failure.code === 'NoSuchUpload' || (failure.status === 404 && failure.code !== 'NoSuchBucket'),
        async ({ signal: abortSignal }) => await this.#bucket.client.send(command, { abortSignal }),
      );
      if ('failure' in heard) return null;
      for (const { PartNumber, Size, ETag, ChecksumSHA256 } of heard.answer.Parts ?? []) {
        const digest = PartNumber === undefined ? undefined : job.digests.parts[PartNumber - 1];
        if (PartNumber === undefined || digest === undefined || Size !== lengthOf(note, PartNumber)) continue;
        const sha256 = digest.sha256.toString('base64');
        const same = ChecksumSHA256 === sha256 || ETag?.replaceAll('"', '') === digest.md5?.toString('hex');
        if (same) parts.set(PartNumber, { PartNumber, ETag, ...(note.checksums ? { ChecksumSHA256: sha256 } : {}) });
      }
      marker = heard.answer.IsTruncated === true ? heard.answer.NextPartNumberMarker : undefined;
    } while (marker !== undefined);
    return parts;
  }

  async #sendMissing(job: PartsJob, note: UploadNote, parts: Map<number, Part>): Promise<void> {
    const missing = job.digests.parts.map((_, index) => index + 1).filter((number) => !parts.has(number));
    const stop = new AbortController();
    const signal = job.signal === undefined ? stop.signal : AbortSignal.any([job.signal, stop.signal]);
    const failures: unknown[] = [];
    const lanes = Array.from({ length: Math.min(SIDE_BY_SIDE, missing.length) }, async () => {
      try {
        for (let number = missing.shift(); number !== undefined; number = missing.shift()) {
          parts.set(number, await this.#sendPart(job, note, number, signal));
        }
      } catch (error) {
        failures.push(error);
        missing.length = 0;
        // After a failure that passes, what is under way need not be sent again: it may arrive.
        if (!(error instanceof HoldfastError && error.retry !== undefined)) stop.abort(error);
      }
    });
    await Promise.all(lanes);
    job.signal?.throwIfAborted();
    if (stop.signal.aborted) throw stop.signal.reason;
    if (failures.length > 0) throw failures[0];
  }

  async #sendPart(job: PartsJob, note: UploadNote, number: number, signal: AbortSignal): Promise<Part> {
    const digest = job.digests.parts[number - 1];
    if (digest === undefined) throw new Error(`there is no part ${number}`);
    const length = lengthOf(note, number);
    const sum = note.checksums ? { ChecksumSHA256: digest.sha256.toString('base64') } : {};
    return await this.#bucket.run('create', signal, async (request) => {
      const body = request.sending(job.source.pieces((number - 1) * note.partSize, length));
      const command = new UploadPartCommand({
        ...this.#bucket.keyOf(job.name),
        UploadId: note.uploadId,
        PartNumber: number,
        Body: body,
        ContentLength: length,
        ...sum,
        // Amazon wants one of the two for objects under a lock.
        ...(note.checksums ? {} : { ContentMD5: digest.md5?.toString('base64') }),
      });
      try {
        const sent = await this.#bucket.client.send(signBody(command, digest.sha256), { abortSignal: request.signal });
        return { PartNumber: number, ETag: this.#bucket.proven(sent, sent.ETag).ETag, ...sum };
      } finally {
        body.destroy();
      }
    });
  }

  async #complete(
    job: PartsJob,
    note: UploadNote,
    parts: Map<number, Part>,
    refused: (failure: S3Failure) => boolean,
  ): Promise<S3Failure | null> {
    const conditional = job.ifAbsent && job.traits.conditional;
    const command = new CompleteMultipartUploadCommand({
      ...this.#bucket.keyOf(job.name),
      UploadId: note.uploadId,
      MultipartUpload: { Parts: [...parts.values()].sort((a, b) => a.PartNumber - b.PartNumber) },
      ...(conditional ? { IfNoneMatch: '*' } : {}),
    });
    const lost = (failure: S3Failure): boolean => failure.code === 'NoSuchUpload' || failure.code === 'InvalidPart';
    const heard = await this.#bucket.ask(
      'create',
      job.signal,
      (failure) => lost(failure) || refused(failure),
      async ({ signal: abortSignal }) => await this.#bucket.client.send(command, { abortSignal }),
    );
    if (!('failure' in heard)) {
      this.#bucket.proven(heard.answer, heard.answer.ETag);
      return null;
    }
    if (conditional && isUnsupported(heard.failure)) {
      // The parts are there: only the condition is given up.
      this.#bucket.traits.conditional = false;
      return await this.#complete({ ...job, ifAbsent: false }, note, parts, refused);
    }
    if (!lost(heard.failure)) return heard.failure;
    // Joined by an earlier try whose answer was lost, or removed meanwhile: the next try finds out.
    await this.#giveUp(job, note);
    throw new HoldfastError(
      'destination-failed',
      text`${this.#bucket.host} no longer knows of an upload that was under way.`,
      'Everything stored before is still there. Holdfast sends this part of the backup again.',
      { detail: `${job.name}: ${heard.failure.code}`, retry: { afterMs: null } },
    );
  }

  /** Removes a broken-off upload; what cannot be removed now goes with the spool. */
  async #giveUp(job: PartsJob, note: UploadNote): Promise<void> {
    await job.notes?.remove();
    await this.abort(job.name, note.uploadId, AbortSignal.timeout(TIDY_MS)).catch(() => undefined);
  }

  /** Removes an unfinished upload; it is no error if it is already gone. @throws HoldfastError */
  async abort(name: string, uploadId: string, signal: AbortSignal | undefined): Promise<void> {
    const command = new AbortMultipartUploadCommand({ ...this.#bucket.keyOf(name), UploadId: uploadId });
    await this.#bucket.ask(
      'remove',
      signal,
      (failure) => failure.code === 'NoSuchUpload' || (failure.status === 404 && failure.code !== 'NoSuchBucket'),
      async ({ signal: abortSignal }) => await this.#bucket.client.send(command, { abortSignal }),
    );
  }
}

function lengthOf(note: UploadNote, number: number): number {
  return Math.min(note.partSize, note.size - (number - 1) * note.partSize);
}
