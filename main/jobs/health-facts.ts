/** What the health state is made from, and what it says. */
import type { RunKind } from './progress.ts';

export type HealthState =
  'protected' | 'protected-unreadable' | 'attention' | 'at-risk' | 'paused' | 'running' | 'setting-up';

/** Why it is so: tells one reason from another where the words hold numbers and names. */
export type HealthCause =
  | 'not-set-up'
  | 'running'
  | 'no-capability'
  | 'paused'
  | 'never'
  | 'first-failed'
  | 'taken-over'
  | 'too-old'
  | 'memory-only'
  | 'password-gone'
  | 'wrong-tries'
  | 'not-proven'
  | 'damaged'
  | 'embedded-vault'
  | 'sign-in'
  | 'away'
  | 'unusable'
  | 'stale-place'
  | 'failed'
  | 'stopped'
  | 'interrupted'
  | 'unreadable'
  | 'fine';

export interface Health {
  state: HealthState;
  cause: HealthCause;
  /** Short word for sidebar and tray. */
  word: string;
  /** How things stand, a title. */
  title: string;
  /** What happens next or what to do, one sentence. */
  line: string;
  /** Of which plan it is true, where there are several and it is not of all. */
  plan?: string;
}

export type LastResult = 'done' | 'done-with-skips' | 'failed' | 'stopped' | 'interrupted';

export interface HealthFacts {
  nowMs: number;
  /** False before a plan exists. */
  setUp: boolean;
  running: RunKind | null;
  /** Until when backups are paused; `untilMs` null means until resumed. */
  paused: { untilMs: number | null } | null;
  /** End of the newest finished backup. */
  lastBackupMs: number | null;
  /** How the newest backup run ended. */
  lastResult: LastResult | null;
  /** What to do about a failed run, the guidance of its error. */
  lastErrorMessage: string | null;
  /** It failed because another computer goes on with these backups. */
  takenOver?: boolean;
  /** Items that the newest finished backup could not read. */
  skipped: number;
  /** Those of the plan, in its order. */
  destinations: readonly DestinationHealth[];
  /** What lets this computer write backups: kept by the system, only in memory, or not there. */
  capability: 'kept' | 'memory' | 'missing';
  /** The key vault, where a password guards the key. */
  vault?: VaultHealth | null;
  /** Files of the newest sample that did not come back right; 0 or missing where all did. */
  notRestored?: number;
  /** What the newest check found to be damaged; 0 or missing where nothing is. */
  damaged?: number;
  /** The backup that starts by itself next; null or missing where only a person starts them. */
  next?: NextBackup | null;
}

export interface NextBackup {
  /** When it starts; null while it waits, or is not known. */
  startsMs: number | null;
  /** What it waits for, one sentence. */
  waits: string | null;
  /** It has started before and rests for that. */
  resting: boolean;
}

export interface DestinationHealth {
  name: string;
  presence: 'present' | 'away' | 'sign-in' | 'error';
  /** What is wrong there and what to do; empty where nothing is. */
  message: string;
  /** When the newest backup was complete there; null before the first. */
  completeMs: number | null;
}

export interface VaultHealth {
  /** It runs on this computer, for trying out. */
  embedded: boolean;
  /** Why the password opens nothing any more; `unknown`: the vault says so, which it cannot prove. */
  ended: 'destroyed' | 'destroyed-by-owner' | 'suspended' | 'unknown' | null;
  /** Wrong tries that nobody has marked as seen, and when the first was. */
  unseen: { count: number; since: number } | null;
}

/** Without a backup for this long, files are at risk. */
export const AT_RISK_AFTER_MS = 7 * 86_400_000;
