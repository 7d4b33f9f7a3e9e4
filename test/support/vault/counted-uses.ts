/**
 * A limit of uses that this process counts, in the place of the hardware's: SoftHSM2 has none, so with it profile C can
 * show key objects that are made, used up and destroyed, but not a limit that a host intruder cannot pass.
 */
import type { UseLimit } from '../../../vault/hsm/use-limit.ts';

export class CountedUses implements UseLimit {
  readonly name = 'counted by the test';
  readonly readBack = 0;
  readonly usedUp: number[] = [];
  #left = new Map<string, number>();

  attributes(): { publicKey: []; privateKey: [] } {
    return { publicKey: [], privateKey: [] };
  }

  made(label: string, derives: number): void {
    this.#left.set(label, derives);
  }

  spend(label: string): boolean {
    const left = this.#left.get(label) ?? 0;
    if (left === 0) return false;
    this.#left.set(label, left - 1);
    return true;
  }
}
