/**
 * The connection to one bucket: Amazon's client with everything that it would look up by itself given to it, so that
 * neither this computer's AWS settings nor its environment decide where backups go or whose keys are used.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { GetObjectCommand, HeadObjectCommand, S3Client, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import { Exchange, type RunningRequest } from '../remote/exchange.ts';
import { networkError } from '../remote/network-errors.ts';
import type { S3Place } from '../spec.ts';
import type { RequestClass, Traffic } from '../traffic.ts';
import { failureOf, toS3Error, type S3Failure, type Sentences } from './errors.ts';
import type { S3Credentials } from './place.ts';

/** Time in ms for a connection to be made. */
const CONNECT_MS = 15_000;
/** Connections kept open: objects at a time, each with its parts. */
const SOCKETS = 24;

/** What the server knows; found out at the first request that it refuses, or answers. */
export interface Traits {
  /** `x-amz-checksum-sha256` and its kin. */
  checksums: boolean;
  /** `If-None-Match: *` on writes. A server that ignores it stores the same bytes again, which does no harm. */
  conditional: boolean;
  /** The ETag of an object of one part is its MD5; null until an object has been asked for it. */
  md5: boolean | null;
}

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export interface BucketOptions {
  traffic: Traffic;
  stallMs?: number | undefined;
}

export class Bucket {
  readonly place: S3Place;
  readonly client: S3Client;
  readonly traits: Traits = { checksums: true, conditional: true, md5: null };
  readonly #exchange: Exchange;
  readonly #told: Sentences;
  readonly #agents: { destroy(): void }[];

  constructor(place: S3Place, endpoint: URL, keys: S3Credentials, options: BucketOptions) {
    this.place = place;
    const secrets = [keys.secretAccessKey, ...(keys.sessionToken === undefined ? [] : [keys.sessionToken])];
    this.#told = {
      host: place.endpoint === null ? 'Amazon S3' : endpoint.host,
      bucket: place.bucket,
      scrub: (text) => secrets.reduce((left, secret) => left.replaceAll(secret, '…'), text),
    };
    this.#exchange = new Exchange({
      traffic: options.traffic,
      host: this.#told.host,
      stallMs: options.stallMs,
      explain: (error) => toS3Error(error, this.#told),
    });
    const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: SOCKETS });
    const httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS });
    this.#agents = [httpAgent, httpsAgent];
    // Which Node the program runs on is not the user's concern, and a library does not print.
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
    this.client = new S3Client({
      endpoint: endpoint.href,
      region: place.region,
      forcePathStyle: place.pathStyle,
      credentials: {
        accessKeyId: keys.accessKeyId,
        secretAccessKey: keys.secretAccessKey,
        ...(keys.sessionToken === undefined ? {} : { sessionToken: keys.sessionToken }),
      },
      // Repeating is the decorator's task; it would hide requests from the traffic here.
      maxAttempts: 1,
      retryMode: 'standard',
      // Bodies are signed by their SHA-256, which every server checks; more is sent only where it is known.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      expectContinueHeader: false,
      followRegionRedirects: false,
      // Everything that the client would otherwise read from the environment or ~/.aws.
      defaultsMode: 'standard',
      useDualstackEndpoint: false,
      useFipsEndpoint: false,
      useArnRegion: false,
      useAccelerateEndpoint: false,
      disableMultiregionAccessPoints: true,
      disableS3ExpressSessionAuth: true,
      authSchemePreference: ['sigv4'],
      sigv4aSigningRegionSet: [place.region],
      userAgentAppId: async () => 'holdfast',
      logger: SILENT,
      requestHandler: { connectionTimeout: CONNECT_MS, httpAgent, httpsAgent, logger: SILENT },
    });
  }

  /** What the server is called in sentences. */
  get host(): string {
    return this.#told.host;
  }

  /** Ms since the epoch as the server counts them, as far as its answers have told. */
  now(): number {
    return Date.now() + this.client.config.systemClockOffset;
  }

  keyOf(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.place.bucket, Key: `${this.place.prefix}${name}` };
  }

  /** Runs one request. @throws HoldfastError; the signal's reason */
  async run<T>(
    what: RequestClass,
    signal: AbortSignal | undefined,
    body: (request: RunningRequest) => Promise<T>,
  ): Promise<T> {
    return await this.#exchange.run(what, signal, body);
  }

  /**
   * Runs one request and gives back what the server answered instead of an error that `expected` knows.
   * @throws HoldfastError; the signal's reason
   */
  async ask<T>(
    what: RequestClass,
    signal: AbortSignal | undefined,
    expected: (failure: S3Failure) => boolean,
    body: (request: RunningRequest) => Promise<T>,
  ): Promise<{ answer: T } | { failure: S3Failure }> {
    return await this.run(what, signal, async (request) => {
      try {
        return { answer: await body(request) };
      } catch (error) {
        if (request.signal.aborted) throw error;
        const failure = failureOf(error);
        if (failure.status === 0 || networkError(error, this.host) !== null || !expected(failure)) throw error;
        return { failure };
      }
    });
  }

  /**
   * What the server knows of an object; null if there is none, or no bucket.
   * @throws HoldfastError; the signal's reason
   */
  async head(name: string, signal: AbortSignal | undefined): Promise<HeadObjectCommandOutput | null> {
    const checked = this.traits.checksums ? { ChecksumMode: 'ENABLED' as const } : {};
    const command = new HeadObjectCommand({ ...this.keyOf(name), ...checked });
    const heard = await this.ask(
      'stat',
      signal,
      (failure) => failure.status < 500 && failure.status !== 429,
      async ({ signal: abortSignal }) => await this.client.send(command, { abortSignal }),
    );
    if ('answer' in heard) return this.proven(heard.answer, heard.answer.ETag);
    if (heard.failure.status !== 404) await this.explainHead(name, signal);
    return null;
  }

  /**
   * Answers to HEAD have no body: what was refused is asked for once more, as the object's first byte, to hear why.
   * Returns where that only says that there is no such object.
   * @throws HoldfastError; the signal's reason
   */
  async explainHead(name: string, signal: AbortSignal | undefined): Promise<void> {
    await this.ask(
      'read',
      signal,
      (failure) => failure.code === 'NoSuchKey' || failure.status === 416,
      async ({ signal: abortSignal }) => {
        const command = new GetObjectCommand({ ...this.keyOf(name), Range: 'bytes=0-0' });
        const { Body } = await this.client.send(command, { abortSignal });
        await Body?.transformToByteArray();
      },
    );
  }

  /**
   * Gives back `answer` where it has what every answer of its kind has: a page of a hotel's network answers everything
   * with success too, and would be taken for an empty list or a stored object.
   * @throws HoldfastError `destination-failed`
   */
  proven<T>(answer: T, mark: unknown): T {
    if (mark !== undefined) return answer;
    throw new HoldfastError(
      'destination-failed',
      text`${this.host} gave an answer that is not one of an S3 service.`,
      'Everything stored before is still there. Check the address, and whether this network asks for a sign-in first.',
      { retry: { afterMs: null } },
    );
  }

  close(): void {
    this.client.destroy();
    for (const agent of this.#agents) agent.destroy();
  }
}

interface Signable {
  middlewareStack: {
    add(
      middleware: (next: (args: never) => Promise<never>) => (args: never) => Promise<never>,
      options: { step: 'build'; name: string },
    ): void;
  };
}

/**
 * Signs a streamed body by its SHA-256, so that the server refuses any other bytes; the client would send it unsigned.
 * @param sha256 32 bytes
 */
export function signBody<Command extends object>(command: Command, sha256: Buffer): Command {
  const hex = sha256.toString('hex');
  const add = (next: (args: never) => Promise<never>) => async (args: never) => {
    const { request } = args as { request?: unknown };
    if (typeof request === 'object' && request !== null && 'headers' in request) {
      (request.headers as Record<string, string>)['x-amz-content-sha256'] = hex;
    }
    return await next(args);
  };
  (command as unknown as Signable).middlewareStack.add(add, { step: 'build', name: 'signedBody' });
  return command;
}
