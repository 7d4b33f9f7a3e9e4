/**
 * The other end of a sign-in in the browser: a server on this computer's loopback address, at a port that the system
 * chooses, for as long as the sign-in lasts (RFC 8252, section 7.3).
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { english, phrase, text, type Text } from '../../text.ts';
import type { PageWords } from '../connect-types.ts';
import { sendPage } from './finished-page.ts';

const ENGLISH: PageWords = { language: 'en', direction: 'ltr', say: english };

/** What the browser brought back. */
export type CameBack = { code: string } | { refused: string };

export class Loopback {
  readonly #server: Server;
  readonly #state: Buffer;
  readonly #settle: (answer: CameBack) => Promise<Text | null>;
  readonly #words: PageWords;
  #used = false;

  private constructor(state: string, settle: (answer: CameBack) => Promise<Text | null>, words: PageWords) {
    this.#words = words;
    this.#state = Buffer.from(state);
    this.#settle = settle;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => {
        if (!response.headersSent) this.#sendNothing(response, 400);
      });
    });
    this.#server.maxConnections = 16;
  }

  /**
   * Listens.
   * @param state only a request that carries it is taken for the answer; others are turned away and change nothing
   * @param settle is called once with the answer; what it gives back is told in the browser: null for success, else a
   *   sentence of ours
   */
  static async open(
    state: string,
    settle: (answer: CameBack) => Promise<Text | null>,
    words: PageWords = ENGLISH,
  ): Promise<Loopback> {
    const loopback = new Loopback(state, settle, words);
    await new Promise<void>((resolve, reject) => {
      loopback.#server.once('error', reject);
      loopback.#server.listen(0, '127.0.0.1', resolve);
    });
    return loopback;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Lets a page that is being sent arrive, and takes no more. */
  close(): void {
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { address } = this;
    const target = request.url ?? '/';
    // Any program of this computer may send what is no address, e.g. `//`.
    if (!URL.canParse(target, address)) return this.#sendNothing(response, 400);
    const url = new URL(target, address);
    // The host name keeps pages of the web out that point a name of theirs at this address.
    const isOurs = url.origin === address && request.headers.host === url.host;
    if (request.method !== 'GET' || url.pathname !== '/' || !isOurs) return this.#sendNothing(response, 404);
    if (this.#used || !this.#isOurs(url.searchParams.get('state') ?? '')) {
      const words = [phrase('Not the sign-in that is open'), phrase('Go back to Holdfast and start again.')] as const;
      return sendPage(response, 400, words, this.#words);
    }
    this.#used = true;
    const code = url.searchParams.get('code');
    const refused = url.searchParams.get('error') ?? 'no code';
    const trouble = await this.#settle(code === null ? { refused } : { code });
    const words =
      trouble === null
        ? ([phrase('Holdfast is connected to Google Drive'), phrase('You can close this window.')] as const)
        : ([phrase('Holdfast is not connected'), text`${trouble} You can close this window.`] as const);
    sendPage(response, 200, words, this.#words);
  }

  #sendNothing(response: ServerResponse, status: number): void {
    const words = [phrase('Nothing here'), phrase('This address is only for signing in.')] as const;
    sendPage(response, status, words, this.#words);
  }

  #isOurs(state: string): boolean {
    const given = Buffer.from(state);
    return given.length === this.#state.length && timingSafeEqual(given, this.#state);
  }
}
