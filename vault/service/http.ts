/**
 * The calls over HTTPS: one route for each, made from messages.ts by one dispatcher that checks what comes in and what
 * goes out. Whatever goes wrong is an RFC 9457 problem document; a stack trace leaves by no way.
 */
import { createHash } from 'node:crypto';
import fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { LogOptions } from './log.ts';
import { calls, type BundleChain, type CallName, type Request, type Response } from '../protocol/messages.ts';
import { PROBLEM_TYPE, PROBLEMS, type Problem } from '../protocol/problem.ts';
import { HANDLERS, type Handler } from './calls/calls.ts';
import { Buckets } from './rate.ts';
import { TITLES, toRefusal, VaultRefusal } from './refusal.ts';
import { tlsOptions, type TlsMaterial } from './tls.ts';
import type { Vault } from './vault.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const IDLE_TIMEOUT_MS = 75_000;
/** Every answer is filled up to a multiple of this, so that its size does not tell a right password from a wrong one. */
const PADDED_TO_BYTES = 1024;
const JSON_TYPE = 'application/json; charset=utf-8';
const PROBLEM_JSON = 'application/problem+json; charset=utf-8';
const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** Blanks after the end of a JSON document mean nothing. */
function padded(json: string): string {
  const bytes = Buffer.byteLength(json);
  return json + ' '.repeat((PADDED_TO_BYTES - (bytes % PADDED_TO_BYTES)) % PADDED_TO_BYTES);
}

function problemOf(refusal: VaultRefusal): Problem {
  const { code, facts } = refusal;
  return {
    type: `${PROBLEM_TYPE}${code}`,
    title: TITLES[code],
    status: PROBLEMS[code],
    ...(code === 'internal' || refusal.message === TITLES[code] ? {} : { detail: refusal.message }),
    ...(facts === undefined ? {} : { facts }),
  };
}

/** First 8 hexadecimal digits of the hash that the vault's log knows the record by. */
function recordWord(recordId: unknown): string | undefined {
  if (typeof recordId !== 'string' || recordId.length > 64) return undefined;
  const hash = createHash('sha256').update('holdfast/v1/log-record');
  return hash.update(Buffer.from(recordId, 'base64url')).digest('hex').slice(0, 8);
}

/** What a request is told that fastify itself refuses, e.g. one that is no JSON. */
function refusalOf(error: unknown): VaultRefusal {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  if (status === 413) return new VaultRefusal('too-large', TITLES['too-large'], { cause: error });
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new VaultRefusal('bad-request', TITLES['bad-request'], { cause: error });
  }
  return toRefusal(error);
}

/** @throws VaultRefusal `bad-request` that names the field, never its value */
function checkedInput<N extends CallName>(name: N, body: unknown): Request<N> {
  const parsed = calls[name].input.safeParse(body);
  if (parsed.success) return parsed.data as Request<N>;
  const issue = parsed.error.issues[0];
  const field = (issue?.path ?? []).join('.');
  throw new VaultRefusal('bad-request', field === '' ? TITLES['bad-request'] : `field ${field} is not valid`);
}

function checkedOutput<N extends CallName>(name: N, answer: Response<N>): string {
  return JSON.stringify(calls[name].output.parse(answer));
}

/**
 * What ends something that was begun, a charged try above all, has room of its own: neighbours at the same address who
 * use up theirs, or a vault full of beginnings, must not cost a right password its try.
 */
const ENDINGS: ReadonlySet<CallName> = new Set(['loginFinish', 'loginGiveUp', 'regProveFinish', 'regExpose']);

export function createHttp(vault: Vault, tls: TlsMaterial, logging: LogOptions): FastifyInstance {
  const app = fastify({
    https: tlsOptions(tls),
    logger: logging,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: vault.limits.bodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    trustProxy: false,
  }) as unknown as FastifyInstance;
  const { log } = app;
  app.removeContentTypeParser('text/plain');
  const requests = new Buckets(vault.limits.requests, vault.clock);
  const endings = new Buckets(vault.limits.requests, vault.clock);
  const challenges = new Buckets(vault.limits.challenges, vault.clock);
  let working = 0;

  const say = (reply: FastifyReply, refusal: VaultRefusal): FastifyReply =>
    reply
      .code(PROBLEMS[refusal.code])
      .type(PROBLEM_JSON)
      .send(padded(JSON.stringify(problemOf(refusal))));

  /** Only name, status, time and a hash: no body, no address, no header. */
  const note = (call: string, request: FastifyRequest, reply: FastifyReply, refusal: VaultRefusal | null): void => {
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    const status = reply.statusCode;
    vault.metrics.requests.inc({ call, status: String(status) });
    vault.metrics.seconds.observe({ call }, ms / 1000);
    const record = recordWord((request.body as { recordId?: unknown } | null | undefined)?.recordId);
    const line = { call, status, ms, record, ...(refusal === null ? {} : { code: refusal.code }) };
    if (status < 500) log.info(line);
    else log.error({ ...line, cause: causeOf(refusal) });
  };

  app.addHook('onSend', async (_request, reply, payload) => {
    void reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    return payload;
  });
  app.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error);
    void say(reply, refusal);
    note(callOf(request), request, reply, refusal);
  });
  app.setNotFoundHandler((request, reply) => {
    const problem: Problem = { type: 'about:blank', title: 'There is nothing here.', status: 404 };
    void reply
      .code(404)
      .type(PROBLEM_JSON)
      .send(padded(JSON.stringify(problem)));
    note('none', request, reply, null);
  });

  async function serve<N extends CallName>(name: N, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const caller = { address: request.ip };
    const ends = ENDINGS.has(name);
    const bucket = ends ? endings : requests;
    const enough = bucket.take(caller.address) && (name !== 'challenge' || challenges.take(caller.address));
    if (!enough || working >= vault.limits.atOnce * (ends ? 2 : 1)) {
      throw new VaultRefusal('too-many-requests', TITLES['too-many-requests']);
    }
    const input = checkedInput(name, request.body);
    working += 1;
    try {
      if (name !== 'challenge') await vault.ledger.assertReady();
      const handler: Handler<N> = HANDLERS[name];
      const answer = await handler(vault, input, caller);
      await reply
        .code(200)
        .type(JSON_TYPE)
        .send(padded(checkedOutput(name, answer)));
    } catch (error) {
      const refusal = toRefusal(error);
      // Guessing names of records is made slow, besides being hopeless.
      if (refusal.code === 'unknown-record' && !vault.unknown.take(caller.address)) {
        throw new VaultRefusal('too-many-requests', TITLES['too-many-requests']);
      }
      throw error;
    } finally {
      working -= 1;
    }
    note(name, request, reply, null);
  }

  for (const name of Object.keys(calls) as CallName[]) {
    app.post(`/v1/${name}`, (request, reply) => serve(name, request, reply));
  }
  app.get('/v1/bundle', (_request, reply) => {
    const chain: BundleChain = { chain: vault.chain };
    return reply.type(JSON_TYPE).send(padded(JSON.stringify(chain)));
  });
  app.get('/healthz', async (_request, reply) => {
    const why = await unreadyBecause(vault);
    vault.metrics.ready.set(why === null ? 1 : 0);
    return reply
      .code(why === null ? 200 : 503)
      .type(JSON_TYPE)
      .send(JSON.stringify(why === null ? { status: 'ok' } : { status: why }));
  });
  app.get('/metrics', async (request, reply) => {
    if (!LOOPBACK.has(request.ip)) return reply.callNotFound();
    vault.metrics.ready.set((await unreadyBecause(vault)) === null ? 1 : 0);
    return reply.type(vault.metrics.registry.contentType).send(await vault.metrics.registry.metrics());
  });
  return app;
}

/** @returns the code of what keeps this site from answering logins, or null */
async function unreadyBecause(vault: Vault): Promise<string | null> {
  try {
    await vault.ledger.assertReady();
    return vault.health.failing ? 'not-ready' : null;
  } catch (error) {
    return toRefusal(error).code;
  }
}

function callOf(request: FastifyRequest): string {
  const name = request.routeOptions.url?.replace('/v1/', '') ?? '';
  return Object.hasOwn(calls, name) ? name : 'none';
}

/** Names and messages of an error and what caused it; no stack, whose lines are of no use to an operator. */
function causeOf(error: Error | null): string | undefined {
  if (error === null) return undefined;
  const words: string[] = [];
  for (let at: unknown = error; at instanceof Error && words.length < 5; at = at.cause) {
    words.push(`${at.name}: ${at.message}`);
  }
  return words.join(' <- ');
}

/** For tests of the log: a record's word there. */
export function recordWordOf(recordId: Uint8Array): string {
  return recordWord(Buffer.from(recordId).toString('base64url')) ?? '';
}
