/** What stores, modules and bytes can do wrong, as the errors of this room. */
import { HsmError } from '../hsm/hsm.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { StoreError } from '../store/store.ts';
import { LedgerError } from './ledger.ts';

export function damaged(message: string, cause?: unknown): LedgerError {
  return new LedgerError('damaged', message, { cause });
}

export function rolledBack(message: string): LedgerError {
  return new LedgerError('rolled-back', message);
}

export function notReady(message: string, cause?: unknown): LedgerError {
  return new LedgerError('not-ready', message, { cause });
}

/** Anything else, faults of the caller among it, stays what it is. */
export function asLedgerError(error: unknown): unknown {
  if (error instanceof StoreError) {
    if (error.code === 'no-quorum' || error.code === 'unknown') {
      return new LedgerError('no-quorum', error.message, { cause: error });
    }
    if (error.code === 'damaged') return damaged(error.message, error);
    return notReady(error.message, error);
  }
  if (error instanceof HsmError) return notReady(error.message, error);
  if (error instanceof ProtocolError) return damaged(error.message, error);
  return error;
}

export async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asLedgerError(error);
  }
}
