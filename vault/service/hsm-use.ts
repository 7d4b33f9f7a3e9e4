/** The HSM under one record's key, and whether it answers. */
import { randomBytes } from 'node:crypto';
import { HsmError, type RecordKey } from '../hsm/hsm.ts';
import { opaqueParameters } from '../protocol/opaque-keys.ts';
import { loginResponse } from '../protocol/opaque-server.ts';
import type { Ksf } from '../protocol/messages.ts';
import type { Answer } from '../record/record.ts';
import type { Vault } from './vault.ts';

/** Runs `work` and remembers whether the module answered. */
export async function withHsm<T>(vault: Vault, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    vault.health.failing = false;
    return result;
  } catch (error) {
    if (error instanceof HsmError && error.code !== 'bad-point' && error.code !== 'used-up') {
      vault.health.failing = true;
    }
    throw error;
  }
}

/**
 * Before a charge: where the module failed last, it must first do something that costs no try.
 *
 * @throws HsmError
 */
export async function assertHsm(vault: Vault): Promise<void> {
  if (!vault.health.failing) return;
  await withHsm(vault, () => vault.hsm.sign(randomBytes(32)));
}

/** @param lock what the password of this version opens */
export async function answerKe1(
  vault: Vault,
  key: RecordKey,
  lock: { opaqueRecord: Uint8Array; maxAttempts: number; ksf: Ksf },
  ke1: Uint8Array,
): Promise<Answer> {
  const { hsm, ledger, bundle } = vault;
  return withHsm(vault, () =>
    loginResponse({
      ke1,
      record: lock.opaqueRecord,
      serverPublicKey: bundle.akeKey,
      parameters: opaqueParameters(ledger.vaultId, key.recordId, lock.maxAttempts, lock.ksf),
      hooks: {
        oprfEvaluate: (blinded) => hsm.evaluate(key, blinded),
        akeDh: (peer) => hsm.akeDh(peer),
      },
    }),
  );
}
