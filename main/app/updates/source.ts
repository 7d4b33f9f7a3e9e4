/** Asks the update server what a channel offers. It is told nothing of this computer: no version, no identifier. */
import { HoldfastError } from '../../errors.ts';
import {
  type Channel,
  MAX_MANIFEST_BYTES,
  MAX_SIGNATURES_BYTES,
  readRelease,
  type Release,
  type ReleaseKey,
} from './manifest.ts';

/** What would else tell the version and the language of this computer. */
export const SAME_FOR_ALL = { 'User-Agent': 'Holdfast', 'Accept-Language': '*' };

const ANSWER_WITHIN_MS = 30_000;

export interface SourceParts {
  /** Folder of the channels' files on the server; ends with a slash. */
  readonly url: string;
  readonly keys: readonly ReleaseKey[];
  readonly fetch: typeof fetch;
  /** For tests on this computer only: a release build asks nothing in the clear. */
  readonly clear?: boolean;
}

export class ReleaseSource {
  readonly #parts: SourceParts;

  constructor(parts: SourceParts) {
    this.#parts = parts;
  }

  /**
   * The release of a channel, proven genuine.
   * @throws HoldfastError `update-refused` where it is not, `update-failed` where the server can't be asked
   */
  async read(channel: Channel): Promise<Release> {
    const manifest = await this.#get(`${channel}.json`, MAX_MANIFEST_BYTES);
    const signatures = await this.#get(`${channel}.json.sig`, MAX_SIGNATURES_BYTES);
    return readRelease(manifest, signatures, this.#parts.keys, channel);
  }

  /** Folder in which the files of a release lie. */
  folderOf(release: Release): string {
    return this.#allowed(release.folder ?? this.#parts.url);
  }

  async #get(name: string, maxBytes: number): Promise<Uint8Array> {
    try {
      const response = await this.#parts.fetch(this.#allowed(new URL(name, this.#parts.url).href), {
        cache: 'no-store',
        credentials: 'omit',
        headers: SAME_FOR_ALL,
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      if (!response.ok) throw new Error(`${name}: status ${response.status}`);
      if (response.url !== '') this.#allowed(response.url); // where redirects led
      return await readAtMost(response, maxBytes);
    } catch (error) {
      throw new HoldfastError(
        'update-failed',
        'The update server could not be asked.',
        'This version goes on as it is, and so do your backups. Holdfast asks again later by itself.',
        { severity: 'notice', detail: error instanceof Error ? error.message : String(error), cause: error },
      );
    }
  }

  #allowed(url: string): string {
    const { protocol } = new URL(url);
    if (protocol === 'https:' || (protocol === 'http:' && this.#parts.clear === true)) return url;
    throw new Error(`not over https: ${protocol}`);
  }
}

/** A server that sends without end must not fill the memory. */
async function readAtMost(response: Response, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > maxBytes) throw new Error(`more than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
