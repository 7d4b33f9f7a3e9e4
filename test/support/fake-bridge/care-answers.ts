/** What the pretended computer answers about the care for its backup. */
import type {
  BackupComputer,
  Bridge,
  CareState,
  KeepDecision,
  PlaceToFree,
  Result,
} from '../../../preload/contract.ts';

const DAY = 86_400_000;
const GB = 1e9;

const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export const CARE: CareState = {
  keep: null,
  pins: [],
  drills: true,
  checks: true,
  proven: { at: Date.now() - 3 * DAY, files: 20, bytes: 212e6, runId: 'run-proof' },
  proofFailed: null,
  nextDrillAt: Date.now() + 27 * DAY,
  nextCheckAt: Date.now() + 12 * DAY,
  nextCleanUpAt: null,
  practice: { lastAt: Date.now() - 20 * DAY, dueAt: Date.now() + 10 * DAY },
  keyChange: null,
};

export const COMPUTERS: BackupComputer[] = [
  {
    clientId: '11'.repeat(16),
    name: 'Tidepool',
    thisComputer: true,
    snapshots: 214,
    newestAt: Date.now() - 26 * 60_000,
    storedBytes: 41.2 * GB,
    retired: false,
    takenOver: false,
  },
  {
    clientId: '22'.repeat(16),
    name: 'Old laptop',
    thisComputer: false,
    snapshots: 96,
    newestAt: Date.now() - 300 * DAY,
    storedBytes: 18.4 * GB,
    retired: false,
    takenOver: false,
  },
];

const TO_FREE: PlaceToFree[] = [
  {
    name: 'Tidepool disk',
    snapshots: 142,
    nowBytes: 0.4 * GB,
    laterBytes: 6.1 * GB,
    laterAt: Date.now() + 3 * DAY,
    lockedBytes: 0,
    atOnce: true,
    error: null,
  },
];

/** One backup an hour today, one a day before: each third goes where there is a rule. */
function decisions(keeps: boolean): KeepDecision[] {
  return Array.from({ length: 80 }, (_, i) => ({
    id: i.toString(16).padStart(64, '0'),
    at: Date.now() - (i < 12 ? i * 3_600_000 : (i - 11) * DAY),
    keep: keeps || i % 3 === 0,
    pinned: false,
    reasons: [keeps ? 'no rule says that it goes' : i % 3 === 0 ? 'daily 1 of 30' : 'no rule keeps it'],
  }));
}

export const careAnswers = (
  patch: (change: Partial<CareState>) => void,
  takenOver = false,
): Pick<Bridge, 'care' | 'keyring'> => ({
  care: {
    preview: async ({ keep }) => ok(decisions(keep === null)),
    setKeep: async ({ keep }) => {
      patch({ keep });
      return ok(null);
    },
    pin: async ({ snapshotId, pinned }) => {
      patch({ pins: pinned ? [snapshotId] : [] });
      return ok(null);
    },
    freePlan: async () => ok(TO_FREE),
    free: async () => ok({ runId: 'run-now' }),
    prove: async () => ok({ runId: 'run-now' }),
    setAutomatic: async ({ drills, checks }) => {
      patch({ ...(drills === undefined ? {} : { drills }), ...(checks === undefined ? {} : { checks }) });
      return ok(null);
    },
    cancel: async () => ok(null),
    practiceLater: async () => ok(null),
  },
  keyring: {
    computers: async () => ok(COMPUTERS.map((one) => ({ ...one, takenOver: takenOver && one.thisComputer }))),
    retire: async () => ok(null),
    adopt: async () => ok(null),
    startAnew: async () => ok(null),
    renew: async () => ok({ epochs: 2 }),
    beginChange: async () => ok(null),
    dropChange: async () => ok(null),
    change: async () => ok({ kept: [], oldRecord: null }),
    finishChange: async () => ok({ ok: true, wrongRows: [], message: 'Every place opens with the new digits.' }),
  },
});
