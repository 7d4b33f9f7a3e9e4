/**
 * Calls to a vault whose sites are tried in turn. Every call of the protocol carries an id of its own and may be
 * repeated, at the same site or another: the vault answers a repeat with what it did the first time.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { calls, type CallName, type Request, type Response } from '../../../vault/protocol/messages.ts';
import { Problem } from '../../../vault/protocol/problem.ts';
import { exchange, ExchangeError, type Answer } from './exchange.ts';
import { notProven, Unreachable, VaultProblem } from './failures.ts';
import type { VaultAgent } from './tls.ts';

/** ms for one answer of one site, its HSM included. */
const ANSWER_MS = 10_000;
/** ms for all tries of one call together. */
const CALL_MS = 25_000;
/** Times that each site is asked, where an earlier try may have arrived and its answer been lost. */
const ROUNDS = 3;
/** ms before they are asked again, twice that before the third time. */
const PAUSE_MS = 100;

/** One site, for calls that belong together: a challenge is taken back by the site that gave it. */
export interface Site {
  readonly url: string;
  call<N extends CallName>(name: N, request: Request<N>): Promise<Response<N>>;
}

/** This site cannot answer now; another may. */
const TRANSIENT = new Set(['internal', 'not-ready', 'no-quorum', 'rolled-back', 'bad-challenge']);

export class Sites {
  readonly #agent: VaultAgent;
  #urls: string[];
  #failed = false;

  /** @param urls origins, the first to be asked first */
  constructor(urls: string[], agent: VaultAgent) {
    this.#urls = [...urls];
    this.#agent = agent;
  }

  /**
   * Runs `work` at one site after another until one answers; the one that did is asked first next time.
   *
   * @throws VaultProblem for a refusal, which every site would give; HoldfastError vault-unreachable (Unreachable),
   *   vault-not-proven
   */
  async ask<T>(work: (site: Site) => Promise<T>): Promise<T> {
    const until = performance.now() + CALL_MS;
    let sent = false;
    let last: unknown = null;
    let refusedAll = true;
    let tooFew = false;
    for (let round = 0; round < ROUNDS && (round === 0 || sent); round++) {
      if (round > 0) await pause(round * PAUSE_MS);
      for (const url of [...this.#urls]) {
        if (performance.now() > until) break;
        try {
          const result = await work(this.#site(url));
          this.#urls = [url, ...this.#urls.filter((other) => other !== url)];
          return result;
        } catch (error) {
          if (error instanceof ExchangeError) {
            sent ||= error.sent;
            refusedAll &&= error.reason === 'not-admitted';
          } else if (error instanceof VaultProblem && TRANSIENT.has(error.code ?? '')) {
            sent = true;
            refusedAll = false;
            tooFew ||= error.code === 'no-quorum';
          } else {
            if (error instanceof VaultProblem) error.repeated = sent;
            throw error;
          }
          last = error;
        }
      }
    }
    this.#failed = true;
    const detail = last instanceof Error ? last.message : 'no site';
    if (refusedAll && last !== null) throw notProven(detail, last);
    throw new Unreachable(sent, detail, last, tooFew);
  }

  call<N extends CallName>(name: N, request: Request<N>): Promise<Response<N>> {
    return this.ask((site) => site.call(name, request));
  }

  /** True once no site answered: addresses and keys are then looked up anew. */
  get failed(): boolean {
    return this.#failed;
  }

  close(): void {
    this.#agent.destroy();
  }

  #site(url: string): Site {
    return {
      url,
      call: async (name, request) => {
        const answer = await exchange(url, `/v1/${name}`, request, { agent: this.#agent, deadlineMs: ANSWER_MS });
        return answerOf(name, answer);
      },
    };
  }
}

function answerOf<N extends CallName>(name: N, answer: Answer): Response<N> {
  const value = jsonOf(answer.body);
  if (answer.status === 200) {
    const parsed = calls[name].output.safeParse(value);
    if (!parsed.success) throw garbled(`${name}: ${z.prettifyError(parsed.error)}`);
    return parsed.data as Response<N>;
  }
  const problem = Problem.safeParse(value);
  // A proxy's own error page, or a redirect: nothing that the vault said.
  if (!problem.success) throw garbled(`${name}: status ${answer.status}`);
  throw new VaultProblem(problem.data);
}

/** The value, or undefined where it is no JSON. */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

export const garbled = (detail: string): ExchangeError => new ExchangeError('garbled', true, detail);
