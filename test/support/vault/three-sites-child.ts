/**
 * One vault site as a process of its own, which tests kill and pause: SoftHSM2, the store on etcd, the ledger, the
 * service over HTTPS. The parent asks for what an operator or the passing of time would do.
 */
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { Hsm, HsmCounts } from '../../../vault/hsm/hsm.ts';
import { openAndKeep } from '../../../vault/hsm/open.ts';
import { openLedger } from '../../../vault/ledger/open.ts';
import type { SignedBundle } from '../../../vault/protocol/messages.ts';
import { startService } from '../../../vault/service/service.ts';
import { openEtcdStore } from '../../../vault/store/etcd.ts';
import { WIDE } from './service.ts';

export interface SiteInput {
  site: string;
  /** Public keys in hex. */
  sites: { name: string; publicKey: string }[];
  endpoints: string[];
  prefix: string;
  sealFile: string;
  hsm: { modulePath: string; tokenLabel: string; pin: string };
  chain: SignedBundle[];
  tls: { key: string; cert: string };
  listen: { host: string; port: number };
  /** One line for each evaluation, written before the module is asked: record id and SHA-256 of the blinded point. */
  evaluations: string;
}

/** What the parent asks for, and what it gets. */
export interface SiteCalls {
  /** Service time goes on by `ms`. */
  advance: { in: { ms: number }; out: null };
  /** The wall clock of the whole process jumps by `ms`. */
  jump: { in: { ms: number }; out: null };
  tick: { in: object; out: null };
  checkpoint: { in: object; out: null };
  rotate: { in: object; out: null };
  /** Throws where this site must not answer. */
  ready: { in: object; out: null };
  now: { in: object; out: number };
  counts: { in: object; out: HsmCounts };
  wrapKeys: { in: object; out: string[] };
  /** Ends in good order. */
  stop: { in: object; out: null };
}
export type SiteCall = keyof SiteCalls;

export interface Asked {
  id: number;
  call: SiteCall;
  parameters: { ms?: number };
}
export type Said =
  | { id: number; result: unknown }
  | { id: number; error: { code: string; message: string } }
  | { started: true }
  | { failed: { code: string; message: string } };

const say = (said: Said): void => void process.send?.(said);
const errorOf = (error: unknown): { code: string; message: string } => ({
  code: String((error as { code?: unknown } | null)?.code ?? 'unknown'),
  message: error instanceof Error ? error.message : String(error),
});

let ahead = 0;
let jumped = 0;
const wall = Date.now.bind(Date);
Date.now = () => wall() + jumped;
const clock = {
  now: (): number => Date.now(),
  monotonic: (): number => performance.now() + ahead,
  after(ms: number, work: () => void): () => void {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};

function noteEvaluations(hsm: Hsm, file: string): void {
  const evaluate = hsm.evaluate.bind(hsm);
  hsm.evaluate = (record, blinded) => {
    const point = createHash('sha256').update(blinded).digest('hex');
    appendFileSync(file, `${Buffer.from(record.recordId).toString('hex')} ${point}\n`);
    return evaluate(record, blinded);
  };
}

async function run(input: SiteInput): Promise<void> {
  const hsm = await openAndKeep({ ...input.hsm, profile: 'A', extractable: 'wrapped' });
  noteEvaluations(hsm, input.evaluations);
  const store = await openEtcdStore({ endpoints: input.endpoints, prefix: input.prefix });
  const sites = input.sites.map(({ name, publicKey }) => ({ name, publicKey: Buffer.from(publicKey, 'hex') }));
  const { site, sealFile, chain, tls, listen } = input;
  const ledger = await openLedger({ store, hsm, site, sites, sealFile, clock });
  const service = await startService({ ledger, hsm, chain, tls, listen, limits: WIDE, clock, logLevel: 'silent' });

  const calls: { [C in SiteCall]: (parameters: { ms?: number }) => Promise<SiteCalls[C]['out']> } = {
    advance: async ({ ms = 0 }) => {
      ahead += ms;
      return null;
    },
    jump: async ({ ms = 0 }) => {
      jumped += ms;
      return null;
    },
    tick: () => ledger.tick().then(() => null),
    checkpoint: () => ledger.checkpoint().then(() => null),
    rotate: () => ledger.rotate().then(() => null),
    ready: () => ledger.assertReady().then(() => null),
    now: async () => ledger.now(),
    counts: async () => ({ ...hsm.counts }),
    wrapKeys: async () => (await hsm.listWrapKeys()).map((key) => key.id),
    stop: async () => {
      await service.close();
      await ledger.close();
      await store.close();
      await hsm.close();
      return null;
    },
  };
  process.on('message', ({ id, call, parameters }: Asked) => {
    calls[call](parameters)
      .then(
        (result) => say({ id, result }),
        (error: unknown) => say({ id, error: errorOf(error) }),
      )
      .finally(() => {
        if (call === 'stop') process.disconnect();
      });
  });
  say({ started: true });
}

// Without its parent there is nobody whom it serves.
process.once('disconnect', () => process.exit(0));
run(JSON.parse(process.argv[2] ?? '') as SiteInput).catch((error: unknown) => {
  say({ failed: errorOf(error) });
  process.exitCode = 1;
  process.disconnect();
});
