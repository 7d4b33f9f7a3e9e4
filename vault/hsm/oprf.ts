/** The record's OPRF key, as each profile has it. */
import { createHash } from 'node:crypto';
import { CKO, asHsmError, returnValue } from './cryptoki.ts';
import { findDhKey, withScalar } from './dh-keys.ts';
import type { DhKey } from './dh-keys.ts';
import { checkPoint, multiplyInProcess } from './ecdh.ts';
import { HsmError } from './hsm.ts';
import type { HsmCounts, RecordKey } from './hsm.ts';
import type { Token } from './module.ts';
import { LABEL, destroyLabelled, findLabelled, makeEcPair, readNumber } from './objects.ts';
import { calling, mac } from './operations.ts';
import type { MacKey } from './operations.ts';
import { macToScalar, recordInput } from './record-scalar.ts';
import type { RecordPurpose } from './record-scalar.ts';
import type { UseLimit } from './use-limit.ts';

/** Both points of RFC 9497 BlindEvaluate are compressed, 33 bytes. */
export interface Oprf {
  create(record: RecordKey, limit: number): Promise<void>;
  destroy(record: RecordKey): Promise<void>;
  evaluate(record: RecordKey, blinded: Uint8Array): Promise<Uint8Array>;
}

const nothingToDo = (): Promise<void> => Promise.resolve();
/** A whole point takes two derives. */
const DERIVES_PER_EVALUATION = 2;

/** The scalar of a record, secret, by the module's MAC. */
function recordScalar(
  token: Token,
  macKey: MacKey,
  purpose: RecordPurpose,
  record: RecordKey,
  counts: HsmCounts,
): () => Promise<Uint8Array> {
  const input = recordInput(purpose, record);
  return () =>
    calling('use its MAC key', async () => {
      counts.hmacs++;
      return macToScalar(await mac(token, macKey, input));
    });
}

/** Profile A: k(tB), the module's key on the point that the secret tweak has moved; the record's key is tk. */
export function tweakedOprf(token: Token, key: DhKey, macKey: MacKey, counts: HsmCounts): Oprf {
  return {
    create: nothingToDo,
    destroy: nothingToDo,
    async evaluate(record, blinded) {
      checkPoint(blinded);
      const tweak = recordScalar(token, macKey, 'tweak', record, counts);
      // Neither t nor B is 0 and the order is prime: tB is never the identity.
      return await key.multiply(await withScalar(tweak, (scalar) => multiplyInProcess(scalar, blinded)));
    },
  };
}

/** Profile B: the record's key is in this process while it is used. */
export function derivedOprf(token: Token, macKey: MacKey, counts: HsmCounts): Oprf {
  return {
    create: nothingToDo,
    destroy: nothingToDo,
    async evaluate(record, blinded) {
      checkPoint(blinded);
      const key = recordScalar(token, macKey, 'record-key', record, counts);
      return await withScalar(key, (scalar) => multiplyInProcess(scalar, blinded));
    },
  };
}

/** Profile C: a key object per record, which the module itself lets be used so many times. */
export function keyPerRecordOprf(token: Token, useLimit: UseLimit, counts: HsmCounts): Oprf {
  const { p11, sessions } = token;
  const classes = [CKO.PRIVATE_KEY, CKO.PUBLIC_KEY];
  const make = (label: string, limit: number): Promise<void> =>
    sessions.use(async (session) => {
      // One that is there was made before, and the answer was lost: its limit has been counting since.
      if (findLabelled(p11, session, CKO.PRIVATE_KEY, label).length === 0) {
        const derives = DERIVES_PER_EVALUATION * limit;
        await makeEcPair(p11, session, label, 'derive', 'never', useLimit.attributes(derives));
        useLimit.made?.(label, derives);
      }
      try {
        checkLimit(token, session, label, useLimit);
      } catch (error) {
        destroyLabelled(p11, session, classes, label);
        throw error;
      }
    });
  /** One after the other: two of one label at once would both find that there is none. */
  let lastMade: Promise<unknown> = Promise.resolve();
  return {
    create(record, limit) {
      const label = recordLabel(record);
      const made = lastMade.then(() => make(label, limit));
      lastMade = made.catch(() => {});
      return made;
    },
    destroy(record) {
      const label = recordLabel(record);
      return sessions.use((session) => destroyLabelled(p11, session, classes, label));
    },
    async evaluate(record, blinded) {
      checkPoint(blinded);
      const label = recordLabel(record);
      const key = await sessions.use((session) =>
        findDhKey(token, session, label, () => {
          if (useLimit.spend?.(label) === false) throw usedUp();
          counts.oprfDerives++;
        }),
      );
      try {
        return await key.multiply(blinded);
      } catch (error) {
        const rv = returnValue(error instanceof HsmError ? error.cause : error);
        if (rv !== null && useLimit.usedUp.includes(rv)) throw usedUp(error);
        throw asHsmError(error, 'evaluate');
      }
    },
  };
}

/** 16 bytes of SHA-256(record id || nonce) in hex: labels are short in some modules. */
function recordLabel(record: RecordKey): string {
  const digest = createHash('sha256').update(recordInput('record-key', record)).digest('hex');
  return `${LABEL.record}${digest.slice(0, 32)}`;
}

function usedUp(cause?: unknown): HsmError {
  return new HsmError('used-up', 'The module lets the key of this record be used no more.', { cause });
}

/** A module that does not know the attribute may ignore it, and the key would have no limit. */
function checkLimit(token: Token, session: Buffer, label: string, useLimit: UseLimit): void {
  if (useLimit.spend !== undefined) return;
  const [key] = findLabelled(token.p11, session, CKO.PRIVATE_KEY, label);
  if (key === undefined || readNumber(token.p11, session, key, useLimit.readBack) === null) {
    throw new HsmError(
      'unfit',
      `The module does not keep a limit of uses (${useLimit.name}): profile C is not for it.`,
    );
  }
}
