/** One look at a destination: whether it is there, how full it is, how much of it the backup uses. */
import { openDestination, WHILE_WATCHED } from '../destinations/open.ts';
import { folderOf } from '../destinations/spec.ts';
import { say } from '../words/say.ts';
import { type DestinationTestResult, testDestination } from '../destinations/test-destination.ts';
import type { DestinationSpec } from '../engine/api.ts';
import { toHoldfastError, type ErrorInfo } from '../errors.ts';

export interface DestinationStatus {
  /** `away`: a disk that is not connected, a server that does not answer: no error. */
  presence: 'present' | 'away' | 'sign-in' | 'error';
  /** Null when present. */
  error: ErrorInfo | null;
  freeBytes: number | null;
  totalBytes: number | null;
  trashBytes: number | null;
}

/** Taken for present until it was looked at, so that nobody is alarmed by a start of the app. */
export const NOT_LOOKED_AT: DestinationStatus = {
  presence: 'present',
  error: null,
  freeBytes: null,
  totalBytes: null,
  trashBytes: null,
};

/** Looks at a destination without changing anything. Never rejects. */
export async function destinationStatus(spec: DestinationSpec): Promise<DestinationStatus> {
  try {
    const destination = await openDestination(spec, { patience: WHILE_WATCHED });
    try {
      const { freeBytes, totalBytes, trashBytes } = await destination.space();
      return { presence: 'present', error: null, freeBytes, totalBytes, trashBytes: trashBytes ?? null };
    } finally {
      await destination.close();
    }
  } catch (thrown) {
    const error = toHoldfastError(thrown);
    return { ...NOT_LOOKED_AT, presence: presenceOf(error.code), error: error.toInfo() };
  }
}

/** What an error says of a destination's presence. */
export function presenceOf(code: ErrorInfo['code']): Exclude<DestinationStatus['presence'], 'present'> {
  if (code === 'destination-missing' || code === 'destination-offline' || code === 'destination-busy') return 'away';
  return code === 'destination-sign-in' ? 'sign-in' : 'error';
}

/** Bytes of all objects at a destination; null if they cannot be listed. */
export async function usedBytes(spec: DestinationSpec): Promise<number | null> {
  try {
    const destination = await openDestination(spec, { patience: WHILE_WATCHED });
    try {
      let bytes = 0;
      for await (const object of destination.list('')) bytes += object.size;
      return bytes;
    } finally {
      await destination.close();
    }
  } catch {
    return null; // its absence is told by the status, and an unknown size is shown as unknown
  }
}

/**
 * Does at a destination what a backup will do there, and measures it. A folder that is absent is made.
 * @throws HoldfastError where the destination cannot even be opened
 */
export async function checkDestination(spec: DestinationSpec, sources: readonly string[]): Promise<ShownTest> {
  const destination = await openDestination(spec, { patience: WHILE_WATCHED });
  try {
    return shown(await testDestination(destination, { sources: folderOf(spec) === null ? [] : sources }));
  } finally {
    await destination.close();
  }
}

/** A test in the app's language. */
export type ShownTest = Omit<DestinationTestResult, 'checks' | 'warnings'> & {
  checks: Omit<DestinationTestResult['checks'][number], 'said'>[];
  warnings: string[];
};

function shown({ checks, warnings, ...rest }: DestinationTestResult): ShownTest {
  return {
    ...rest,
    checks: checks.map(({ said, ...check }) => ({ ...check, label: say(check.label), detail: say(said) })),
    warnings: warnings.map(say),
  };
}
