/** Lists the objects below a prefix, page by page. */
import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type _Object } from '@aws-sdk/client-s3';
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import type { ObjectInfo } from '../destination.ts';
import { isObjectName, isObjectPrefix } from '../names.ts';
import type { Bucket } from './client.ts';

/** Strange folders remembered, so that each is reported once. */
const MAX_STRANGE = 10_000;

export interface ListingOptions {
  signal: AbortSignal | undefined;
  onStray: ((path: string) => void) | undefined;
}

export class Listing {
  readonly #bucket: Bucket;
  readonly #options: ListingOptions;
  readonly #strange = new Set<string>();

  constructor(bucket: Bucket, options: ListingOptions) {
    this.#bucket = bucket;
    this.#options = options;
  }

  /** `prefix`: as `Destination.list`. @throws HoldfastError; the signal's reason */
  async *objects(prefix: string): AsyncGenerator<ObjectInfo> {
    if (prefix !== '') return yield* this.#below(prefix);
    // The top is listed as a folder, so that what else lies in the bucket is not walked through.
    for await (const page of this.#pages('', '/')) {
      for (const object of page.Contents ?? []) yield* this.#known(object);
      for (const { Prefix } of page.CommonPrefixes ?? []) {
        const folder = this.#logical(Prefix ?? '');
        if (folder !== 'k/' && folder !== 'c/' && folder !== 'probe/') this.#stray(folder.replace(/\/$/, ''));
      }
    }
    yield* this.#below('k/');
    yield* this.#below('c/');
  }

  async *#below(prefix: string): AsyncGenerator<ObjectInfo> {
    for await (const page of this.#pages(prefix, null)) {
      for (const object of page.Contents ?? []) yield* this.#known(object);
    }
  }

  async *#known(object: _Object): AsyncGenerator<ObjectInfo> {
    this.#options.signal?.throwIfAborted();
    const name = this.#logical(object.Key ?? '');
    if (!isObjectName(name)) {
      // Consoles mark folders by empty objects.
      if (!isObjectPrefix(name)) this.#stray(name);
      return;
    }
    if (object.Size === undefined) throw this.#strangeAnswer(`no size for ${name}`);
    const md5 = /^"?([0-9a-f]{32})"?$/.exec(object.ETag ?? '')?.[1];
    const trusted = md5 !== undefined && (await this.#tellsMd5(name));
    yield {
      name,
      size: object.Size,
      modifiedMs: object.LastModified?.getTime() ?? 0,
      ...(trusted ? { checksum: { algorithm: 'md5' as const, hex: md5 } } : {}),
    };
  }

  /** Where the bucket encrypts with a key of its owner's choice, an ETag looks like an MD5 and is none. */
  async #tellsMd5(name: string): Promise<boolean> {
    const { traits } = this.#bucket;
    if (traits.md5 === null) {
      const head = await this.#bucket.head(name, this.#options.signal);
      if (head === null) return false;
      const plain = head.ServerSideEncryption === undefined || head.ServerSideEncryption === 'AES256';
      traits.md5 = plain && head.SSECustomerAlgorithm === undefined;
    }
    return traits.md5;
  }

  async *#pages(prefix: string, delimiter: string | null): AsyncGenerator<ListObjectsV2CommandOutput> {
    let token: string | undefined;
    do {
      const command: ListObjectsV2Command = new ListObjectsV2Command({
        Bucket: this.#bucket.place.bucket,
        Prefix: `${this.#bucket.place.prefix}${prefix}`,
        ...(delimiter === null ? {} : { Delimiter: delimiter }),
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      const page: ListObjectsV2CommandOutput = await this.#bucket.run(
        'list',
        this.#options.signal,
        async ({ signal: abortSignal }) => await this.#bucket.client.send(command, { abortSignal }),
      );
      yield this.#bucket.proven(page, page.IsTruncated);
      token = page.NextContinuationToken;
      // Without its token the rest cannot be had, and a shorter list would be taken for loss.
      if (page.IsTruncated === true && token === undefined) throw this.#strangeAnswer('a list broke off');
      if (page.IsTruncated !== true) token = undefined;
    } while (token !== undefined);
  }

  /** @throws HoldfastError where the server lists what was not asked for */
  #logical(key: string): string {
    const { prefix } = this.#bucket.place;
    if (!key.startsWith(prefix)) throw this.#strangeAnswer(`a key outside of the folder: ${key.slice(0, 200)}`);
    return key.slice(prefix.length);
  }

  /** Reports the outermost part of `name` that is none of ours, once. */
  #stray(name: string): void {
    const segments = name.split('/');
    let at = 1;
    while (at < segments.length && isObjectPrefix(`${segments.slice(0, at).join('/')}/`)) at += 1;
    const path = segments.slice(0, at).join('/');
    if (this.#strange.has(path)) return;
    if (this.#strange.size < MAX_STRANGE) this.#strange.add(path);
    this.#options.onStray?.(path);
  }

  #strangeAnswer(detail: string): HoldfastError {
    return new HoldfastError(
      'destination-failed',
      text`${this.#bucket.host} gave a list that cannot be relied upon.`,
      'Nothing was changed. Try again; if it happens again, tell your provider.',
      { detail, retry: { afterMs: null } },
    );
  }
}
