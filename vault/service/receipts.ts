/** What the vault vouches for: changes with their place in the log, counts beside KE2 and beside refusals. */
import { fromBase64url } from '../protocol/bytes.ts';
import type { Signed } from '../protocol/messages.ts';
import { signFacts } from '../protocol/receipt.ts';
import type { Changed } from './change.ts';
import { TITLES, VaultRefusal } from './refusal.ts';
import type { Vault } from './vault.ts';

/** Hash of the log's entry `index`: the newest is known, of an older one the next entry tells it. */
async function entryHash(vault: Vault, index: number): Promise<Uint8Array> {
  const head = await vault.ledger.head();
  if (head.index === index) return head.hash;
  const [next] = await vault.ledger.entries(index + 1, 1);
  return next?.previous ?? head.hash;
}

/** @param requestId base64url */
export async function receiptFor(
  vault: Vault,
  type: string,
  recordId: Uint8Array,
  requestId: string,
  changed: Changed,
): Promise<Signed> {
  const receipt = {
    type,
    recordId,
    requestId: fromBase64url(requestId),
    version: changed.state?.version ?? 0,
    logIndex: changed.logIndex,
    head: await entryHash(vault, changed.logIndex),
    serviceMs: changed.now.ms,
  };
  return signFacts('receipt', receipt, (message) => vault.hsm.sign(message));
}

const BY = {
  owner: 'its owner destroyed it',
  failures: 'too many wrong tries destroyed it',
  suspension: 'it was suspended for too long',
} as const;

/** Throws what `changed` refused. `loginId`: with the vault's signature under counts and wait. */
export async function refuseAs(vault: Vault, recordId: Uint8Array, changed: Changed, loginId?: string): Promise<void> {
  const { refusal } = changed;
  if (refusal === null) return;
  const counts = refusal.counts ?? {
    used: changed.state?.consecutive ?? 0,
    limit: vault.bundle.maxAttempts,
    waitMs: 0,
  };
  let facts: Signed | undefined;
  if (loginId !== undefined && changed.state !== null && changed.state.version > 0) {
    const refused = {
      code: refusal.code,
      recordId,
      requestId: fromBase64url(loginId),
      used: counts.used,
      limit: counts.limit,
      waitMs: counts.waitMs,
      logIndex: changed.logIndex,
    };
    facts = await signFacts('refusal-facts', refused, (message) => vault.hsm.sign(message));
  }
  const words = refusal.by === undefined ? TITLES[refusal.code] : BY[refusal.by];
  throw new VaultRefusal(refusal.code, words, { facts });
}
