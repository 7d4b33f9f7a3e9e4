/**
 * Reads a record, applies one event and commits what it changed, again and again until nobody was faster. What is
 * decided from the state is decided anew for each state that is read.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { apply, decodeState, encodeState, noncesOf, same } from '../record/record.ts';
import type { Event, Now, RecordState, Refusal, Step } from '../record/record.ts';
import { VaultRefusal } from './refusal.ts';
import type { Vault } from './vault.ts';

/** Each loss means that another change of the same record was committed, so this many are a flood. */
const ROUNDS = 200;
const LONGEST_PAUSE_MS = 50;

export interface Changed {
  /** As it is after the event; null where there is no record. */
  state: RecordState | null;
  step: Step | null;
  refusal: Refusal | null;
  /** Of the change, or the newest where nothing changed. */
  logIndex: number;
  /** How many changes were committed, those that were due by time included. */
  commits: number;
  now: Now;
}

export type Decide = (state: RecordState | null, now: Now) => Event | Promise<Event>;

export function timeOf(vault: Pick<Vault, 'ledger' | 'clock'>): Now {
  return { ms: vault.ledger.now(), at: Math.max(0, Math.round(vault.clock.now())) };
}

/** @throws VaultRefusal `no-quorum` where others were always faster; whatever `decide` and the ledger throw */
export async function change(vault: Vault, recordId: Uint8Array, decide: Decide): Promise<Changed> {
  let commits = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const stored = await vault.ledger.read(recordId);
    const state = stored === null ? null : decodeState(stored.state);
    const now = timeOf(vault);
    const { step, refusal, again } = apply(state, await decide(state, now), now);
    if (step === null) {
      return { state, step, refusal, logIndex: (await vault.ledger.head()).index, commits, now };
    }
    const result = await vault.ledger.commit({
      operationId: randomBytes(16).toString('hex'),
      recordId,
      revision: stored?.revision ?? 0,
      state: step.state === null ? null : encodeState(step.state),
      type: step.type,
      facts: step.facts,
    });
    if (result.outcome === 'conflict') {
      vault.metrics.conflicts.inc();
      await pause(Math.random() * Math.min(LONGEST_PAUSE_MS, round));
      continue;
    }
    commits += 1;
    vault.metrics.changes.inc({ type: step.type });
    await forgetKeys(vault, recordId, state, step.state);
    if (again) continue;
    return { state: step.state, step, refusal, logIndex: result.logIndex, commits, now };
  }
  throw new VaultRefusal('no-quorum', 'the record changes too often');
}

/** Where each record has a key object of its own, those that no state needs any more are destroyed. */
async function forgetKeys(
  vault: Vault,
  recordId: Uint8Array,
  before: RecordState | null,
  after: RecordState | null,
): Promise<void> {
  if (vault.hsm.profile !== 'C') return;
  const kept = noncesOf(after);
  for (const nonce of noncesOf(before)) {
    if (!kept.some((other) => same(other, nonce))) await vault.hsm.destroyRecordKey({ recordId, nonce });
  }
}
