import {
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { MAX_OBJECT } from '../bounds.ts';
import type {
  Abilities,
  CallOptions,
  Destination,
  ObjectInfo,
  PublishOptions,
  PutOptions,
  SpaceInfo,
} from '../destination.ts';
import { objectDamaged, objectMissing } from '../local/errors.ts';
import { assertObjectName, assertObjectPrefix, assertOwner, assertRange } from '../names.ts';
import { emptyRange } from '../remote/empty-range.ts';
import { assertHash } from '../remote/source.ts';
import { Spool } from '../remote/spool.ts';
import { placeText, type Opening, type S3Place } from '../spec.ts';
import type { Traffic } from '../traffic.ts';
import { Bucket } from './client.ts';
import type { S3Failure } from './errors.ts';
import { Listing } from './listing.ts';
import { checkPlace, keysOf } from './place.ts';
import { removeObject } from './removal.ts';
import { clearStale } from './stale-uploads.ts';
import { lockMissing, Uploader } from './upload.ts';

export interface S3Options extends CallOptions {
  traffic: Traffic;
  /** Ms without a byte or an answer after which a request is given up. */
  stallMs?: number | undefined;
}

/**
 * A bucket of Amazon S3 or of anything that speaks its protocol. Keys are the logical names below the place's prefix.
 * S3 makes an object visible only when all of it has arrived, and shows it to every later request.
 */
export class S3Destination implements Destination {
  readonly kind = 's3';
  readonly label: string;
  readonly #bucket: Bucket;
  readonly #uploader: Uploader;
  readonly #spool: Spool;
  #lock: boolean;
  #undelete = false;

  private constructor(bucket: Bucket, label: string, scratch: string | undefined) {
    this.label = label;
    this.#bucket = bucket;
    this.#uploader = new Uploader(bucket);
    this.#spool = new Spool(scratch);
    this.#lock = bucket.place.lock !== null;
  }

  /**
   * Sends nothing; the first call does.
   * @throws HoldfastError `bad-input` (no keys; an address, bucket, region or folder that cannot be)
   */
  static async open(spec: S3Place & Opening, options: S3Options): Promise<S3Destination> {
    options.signal?.throwIfAborted();
    const endpoint = checkPlace(spec);
    const { kind, region, bucket, prefix, pathStyle, storageClass, lock } = spec;
    const place: S3Place = { kind, endpoint: spec.endpoint, region, bucket, prefix, pathStyle, storageClass, lock };
    return new S3Destination(new Bucket(place, endpoint, keysOf(spec), options), placeText(place), spec.scratch);
  }

  /** `checksums`: lists have them for objects of one part only. `lock` and `undelete`: known after `init`. */
  get abilities(): Abilities {
    return {
      parallel: 4,
      checksums: false,
      undelete: this.#undelete,
      lock: this.#lock,
      resume: true,
      largePacks: false,
    };
  }

  /** Buckets are made in the provider's console, where their region, lock and versions are chosen. */
  async init(options: CallOptions = {}): Promise<void> {
    const { bucket, lock } = this.#bucket.place;
    await this.#lookIn(options.signal);
    const locked = await this.#hasLock(options.signal);
    if (lock !== null && locked === false) throw lockMissing(bucket);
    this.#lock = locked ?? lock !== null;
    this.#undelete = await this.#hasVersions(options.signal);
  }

  async put(name: string, bytes: Uint8Array, options: PutOptions = {}): Promise<void> {
    assertObjectName(name);
    options.signal?.throwIfAborted();
    assertHash(name, bytes, options.sha256);
    await this.#uploader.put(name, bytes, options.signal);
  }

  async spoolFolder(owner: string, options: CallOptions = {}): Promise<string> {
    return await this.#spool.folder(owner, options.signal);
  }

  async publish(spoolPath: string, name: string, options: PublishOptions = {}): Promise<void> {
    assertObjectName(name);
    options.signal?.throwIfAborted();
    await this.#uploader.publish(spoolPath, name, options.keep === true, options.signal);
  }

  async clearSpool(owner: string, options: CallOptions = {}): Promise<void> {
    assertOwner(owner);
    await this.#spool.clear(owner, options.signal);
    await clearStale(this.#bucket, this.#uploader.parts, owner, options.signal);
  }

  async get(name: string, options: CallOptions = {}): Promise<Uint8Array> {
    assertObjectName(name);
    return await this.#read(name, null, options.signal);
  }

  async getRange(name: string, offset: number, length: number, options: CallOptions = {}): Promise<Uint8Array> {
    assertObjectName(name);
    assertRange(offset, length);
    if (length > 0) return await this.#read(name, { offset, length }, options.signal);
    return emptyRange(await this.stat(name, options), name, offset);
  }

  async stat(name: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    assertObjectName(name);
    const head = await this.#bucket.head(name, options.signal);
    if (head === null) {
      // A bucket that is gone answers HEAD like an object that is not there.
      await this.#bucket.explainHead(name, options.signal);
      return null;
    }
    const whole = head.ChecksumType !== 'COMPOSITE' && /^[A-Za-z0-9+/]{43}=$/.exec(head.ChecksumSHA256 ?? '')?.[0];
    return {
      name,
      size: head.ContentLength ?? 0,
      modifiedMs: head.LastModified?.getTime() ?? 0,
      ...(whole ? { checksum: { algorithm: 'sha256', hex: Buffer.from(whole, 'base64').toString('hex') } } : {}),
    };
  }

  async *list(
    prefix: string,
    options: CallOptions & { onStray?: (path: string) => void } = {},
  ): AsyncGenerator<ObjectInfo> {
    assertObjectPrefix(prefix);
    const { signal, onStray } = options;
    yield* new Listing(this.#bucket, { signal, onStray }).objects(prefix);
  }

  async remove(name: string, options: CallOptions = {}): Promise<void> {
    assertObjectName(name);
    await removeObject(this.#bucket, name, options.signal);
  }

  /** S3 tells no sizes; whether the bucket is there and opens is asked all the same: one list of one key. */
  async space(options: CallOptions = {}): Promise<SpaceInfo> {
    options.signal?.throwIfAborted();
    await this.#lookIn(options.signal);
    return { freeBytes: null, totalBytes: null };
  }

  async close(): Promise<void> {
    this.#bucket.close();
    await this.#spool.close();
  }

  /** The cheapest request that takes the keys and the bucket. */
  async #lookIn(signal: AbortSignal | undefined): Promise<void> {
    const { bucket, prefix } = this.#bucket.place;
    await this.#bucket.run('list', signal, async ({ signal: abortSignal }) => {
      const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 });
      const page = await this.#bucket.client.send(command, { abortSignal });
      this.#bucket.proven(page, page.IsTruncated);
    });
  }

  async #read(
    name: string,
    range: { offset: number; length: number } | null,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const command = new GetObjectCommand({
      ...this.#bucket.keyOf(name),
      ...(range === null ? {} : { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` }),
    });
    const heard = await this.#bucket.ask(
      'read',
      signal,
      (failure) => failure.code === 'NoSuchKey' || failure.code === 'InvalidRange' || failure.status === 416,
      async (request) => {
        const got = await this.#bucket.client.send(command, { abortSignal: request.signal });
        this.#bucket.proven(got, got.ETag);
        const body = got.Body as AsyncIterable<Uint8Array> | undefined;
        if (body === undefined) throw objectDamaged(name, 'the answer had no body');
        if (range === null) return await request.collect(body, name, MAX_OBJECT);
        // A server that knows no ranges sends everything from the start.
        const skipped = got.ContentRange === undefined ? range.offset : 0;
        const read = await request.collect(body, name, MAX_OBJECT, skipped + range.length);
        return skipped === 0 ? read : read.subarray(skipped);
      },
    );
    if ('failure' in heard) {
      if (heard.failure.code === 'NoSuchKey') throw objectMissing(name);
      throw objectDamaged(name, `ends before ${range?.offset ?? 0}`);
    }
    if (range !== null && heard.answer.length !== range.length) {
      throw objectDamaged(name, `${heard.answer.length} bytes of ${range.offset}+${range.length}`);
    }
    return heard.answer;
  }

  /** Null where the key may not ask. */
  async #hasLock(signal: AbortSignal | undefined): Promise<boolean | null> {
    const command = new GetObjectLockConfigurationCommand({ Bucket: this.#bucket.place.bucket });
    const heard = await this.#bucket.ask(
      'other',
      signal,
      isAnswer,
      async ({ signal: abortSignal }) => await this.#bucket.client.send(command, { abortSignal }),
    );
    if ('failure' in heard) return heard.failure.status === 403 ? null : false;
    return heard.answer.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled';
  }

  async #hasVersions(signal: AbortSignal | undefined): Promise<boolean> {
    const command = new GetBucketVersioningCommand({ Bucket: this.#bucket.place.bucket });
    const heard = await this.#bucket.ask(
      'other',
      signal,
      isAnswer,
      async ({ signal: abortSignal }) => await this.#bucket.client.send(command, { abortSignal }),
    );
    return 'answer' in heard && heard.answer.Status === 'Enabled';
  }
}

/** True where a refusal tells something of the bucket, and no server that is busy. */
function isAnswer({ status }: S3Failure): boolean {
  return status >= 400 && status !== 429 && status !== 503;
}
