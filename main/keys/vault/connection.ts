/**
 * A vault that has proven itself: its chain of bundles leads from the pinned fingerprint, and every TLS connection ends
 * at a key of the newest bundle or one that a public authority vouches for. Before that, nothing is sent to it but the
 * question for the bundles.
 */
import { randomBytes } from 'node:crypto';
import { VaultBundle, verifyChain } from '../../../vault/protocol/bundle.ts';
import { equal, fromBase64url } from '../../../vault/protocol/bytes.ts';
import { ProtocolError } from '../../../vault/protocol/errors.ts';
import { BundleChain, type Request, type Response } from '../../../vault/protocol/messages.ts';
import { proveCall, type SignedCall, type Unsigned } from '../../../vault/protocol/signing.ts';
import type { HoldfastError } from '../../errors.ts';
import type { VaultPlace } from './api.ts';
import { exchange, ExchangeError } from './exchange.ts';
import { notProven, toVaultError, Unreachable } from './failures.ts';
import { jsonOf, Sites } from './sites.ts';
import { VaultAgent, type Peer } from './tls.ts';

/** ms for the question for the bundles. */
const BUNDLE_MS = 8_000;

/** Signs requests: the owner's key, a computer's with its id, or a session's. */
export interface Signer {
  seed: Uint8Array;
  /** 16 bytes; only with a device key. */
  deviceId?: Uint8Array;
}

export class Connection {
  readonly bundle: VaultBundle;
  /** Every known site's address, those of the bundle first. */
  readonly urls: string[];
  readonly #sites: Sites;

  constructor(bundle: VaultBundle, urls: string[]) {
    this.bundle = bundle;
    this.urls = urls;
    this.#sites = new Sites(urls, new VaultAgent((peer) => admits(bundle, peer), { keepAlive: true }));
  }

  get vaultId(): Uint8Array {
    return this.bundle.vaultId;
  }

  /** At one site after another; see Sites.ask. */
  get sites(): Sites {
    return this.#sites;
  }

  /**
   * A signed call with a fresh challenge for each try, under one request id, so that the vault knows a repeat.
   *
   * @throws VaultProblem, HoldfastError vault-unreachable, vault-not-proven
   */
  signed<N extends SignedCall>(
    name: N,
    request: Unsigned<N>,
    signer: Signer,
    requestId: Uint8Array = randomBytes(16),
  ): Promise<Response<N>> {
    return this.#sites.ask(async (site) => {
      const recordId = recordIdOf(request);
      const { challenge } = await site.call('challenge', { recordId });
      const proof = proofOf(name, request, this.vaultId, requestId, challenge, signer);
      return site.call(name, { ...request, proof } as unknown as Request<N>);
    });
  }

  close(): void {
    this.#sites.close();
  }
}

/** The proof of a request, with the device's id where a device signs. */
export function proofOf<N extends SignedCall>(
  name: N,
  request: Unsigned<N>,
  vaultId: Uint8Array,
  requestId: Uint8Array,
  challenge: string,
  signer: Signer,
): ReturnType<typeof proveCall> & { deviceId?: string } {
  const proof = proveCall(name, request, vaultId, requestId, challenge, signer);
  if (signer.deviceId === undefined) return proof;
  return { ...proof, deviceId: Buffer.from(signer.deviceId).toString('base64url') };
}

function recordIdOf(request: object): string {
  if ('recordId' in request && typeof request.recordId === 'string') return request.recordId;
  throw new TypeError('every signed call is about a record');
}

function admits(bundle: VaultBundle, peer: Peer): boolean {
  return peer.trusted || bundle.tlsKeys.some((key) => equal(key, peer.keyHash));
}

export interface ConnectOptions {
  /** Epoch of the newest bundle that this computer has seen of this vault. */
  minEpoch?: number;
  /** The vault's id as repo.json says, 16 bytes. */
  vaultId?: Uint8Array;
}

/**
 * Asks the sites in turn until one proves to be the pinned vault.
 *
 * @throws HoldfastError vault-not-proven where somebody answered and nobody could prove it, vault-unreachable
 */
export async function connectVault(place: VaultPlace, options: ConnectOptions = {}): Promise<Connection> {
  let refusal: HoldfastError | null = null;
  let last: unknown = null;
  for (const url of originsOf(place.urls)) {
    try {
      const bundle = await provenBundle(url, place.fingerprint, options);
      const others = [...bundle.sites.map((site) => site.url), ...originsOf(place.urls)];
      return new Connection(bundle, [...new Set([url, ...others])]);
    } catch (error) {
      last = error;
      if (error instanceof ExchangeError) continue;
      refusal = notProven(error instanceof Error ? error.message : String(error), error);
    }
  }
  if (refusal !== null) throw refusal;
  throw new Unreachable(false, last instanceof Error ? last.message : 'no address', last);
}

/** How many of the bundle's sites answer and prove themselves, asked at once. */
export async function countAnswering(connection: Connection, fingerprint: string): Promise<number> {
  const { bundle } = connection;
  const answers = await Promise.allSettled(
    bundle.sites.map((site) => provenBundle(site.url, fingerprint, { vaultId: bundle.vaultId })),
  );
  return answers.filter((answer) => answer.status === 'fulfilled').length;
}

/** @throws ExchangeError, or ProtocolError `not-the-vault` for whoever answered and did not prove it */
async function provenBundle(url: string, fingerprint: string, options: ConnectOptions): Promise<VaultBundle> {
  // The question says nothing of this computer but that it looks for a vault; who answers it is seen afterwards.
  const agent = new VaultAgent(() => true, { keepAlive: false });
  try {
    const answer = await exchange(url, '/v1/bundle', null, { agent, deadlineMs: BUNDLE_MS });
    const chain = BundleChain.safeParse(jsonOf(answer.body));
    if (answer.status >= 500) throw new ExchangeError('silent', false, `status ${answer.status}`);
    if (answer.status !== 200 || !chain.success) throw notTheVault('it shows no bundles');
    const pinned = new Uint8Array(Buffer.from(fingerprint, 'hex'));
    const bundle = verifyChain(chain.data.chain, pinned, { minEpoch: options.minEpoch ?? 0 });
    if (options.vaultId !== undefined && !equal(bundle.vaultId, options.vaultId))
      throw notTheVault('its id is another');
    if (!admits(bundle, answer.peer)) throw notTheVault('its TLS key is not in its bundle');
    return bundle;
  } finally {
    agent.destroy();
  }
}

const notTheVault = (why: string): ProtocolError => new ProtocolError('not-the-vault', `not the pinned vault: ${why}`);

const originsOf = (urls: string[]): string[] =>
  urls.flatMap((url) => (URL.canParse(url) && url.startsWith('https://') ? [new URL(url).origin] : []));

/** Runs `work` and turns refusals into sentences. */
export async function withSentences<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toVaultError(error);
  }
}

export const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
export const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const hexOfText = (text: string): string => toHex(fromBase64url(text));
