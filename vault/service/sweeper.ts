/**
 * What is due by time alone: every minute the records are looked at, once a day of service the data key is made
 * anew. Every site does it; two that do the same thing do it once, since each is one transaction.
 */
import { change } from './change.ts';
import type { Log } from './log.ts';
import { toRefusal } from './refusal.ts';
import type { Vault } from './vault.ts';

const EVERY_MS = 60_000;
const PAGE = 200;
/** One round of a large vault ends after this and goes on where it was; whoever asks for a record meets no old one. */
const ROUND_MS = 10_000;
export const ROTATE_EVERY_MS = 24 * 3_600_000;

export interface Sweeper {
  /** Looks at every record once. @returns how many were changed */
  sweep(): Promise<number>;
  stop(): Promise<void>;
}

/** @param lastRotation service time of the newest rotation in the ledger's log, whichever site made it */
export function startSweeper(vault: Vault, log: Log, lastRotation: () => Promise<number>): Sweeper {
  let after: Uint8Array | undefined;
  /** As far as is known here. */
  let rotatedMs: number | null = null;
  let stopped = false;
  let cancel = (): void => {};
  let running: Promise<void> = Promise.resolve();

  /** @returns records changed, and whether the end was reached */
  async function page(): Promise<{ changed: number; end: boolean }> {
    const ids = await vault.ledger.recordIds({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    let changed = 0;
    for (const recordId of ids) {
      if (stopped) break;
      const { commits } = await change(vault, recordId, () => ({ type: 'sweep' }));
      if (commits > 0) changed += 1;
    }
    const end = ids.length < PAGE;
    after = end ? undefined : ids.at(-1);
    return { changed, end };
  }

  async function round(): Promise<void> {
    await vault.ledger.assertReady();
    const began = vault.clock.monotonic();
    for (let end = false; !end && !stopped && vault.clock.monotonic() - began < ROUND_MS;) end = (await page()).end;
    const due = (): boolean => rotatedMs === null || vault.ledger.now() - rotatedMs >= ROTATE_EVERY_MS;
    if (!due()) return;
    rotatedMs = await lastRotation();
    if (!due() || stopped) return;
    await vault.ledger.rotate();
    rotatedMs = vault.ledger.now();
    log.info({ rotated: true });
  }

  function plan(): void {
    cancel = vault.clock.after(EVERY_MS, () => {
      running = round()
        .catch((error: unknown) => {
          log.warn({ sweep: toRefusal(error).code, message: error instanceof Error ? error.message : '' });
        })
        .finally(() => {
          if (!stopped) plan();
        });
    });
  }
  plan();

  return {
    async sweep() {
      after = undefined;
      for (let changed = 0; ;) {
        const done = await page();
        changed += done.changed;
        if (done.end) return changed;
      }
    },
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}
