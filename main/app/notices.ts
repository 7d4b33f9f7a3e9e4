/**
 * When a change of health is worth a notification: only where it got worse, once for each problem, and never for what
 * the person did or for a good end. A pure function, so that every case has a test.
 */
import type { OpenAt } from '../ipc/services.ts';
import type { Health, HealthCause } from '../jobs/health-facts.ts';

export interface Notice {
  title: string;
  body: string;
  /** What a click opens. */
  open: OpenAt;
  /** Files are not safe: it stays until it is seen, where the desktop can do that. */
  urgent: boolean;
}

export interface NoticeFacts {
  health: Pick<Health, 'state' | 'cause' | 'title' | 'line' | 'plan'>;
  lastBackup: { id: string; endedAt: number | null } | null;
  nowMs: number;
}

/** What comes and goes by itself, was done by the person, or was said when the backup was set up. */
const QUIET: ReadonlySet<HealthCause> = new Set([
  'not-set-up',
  'running',
  'paused',
  'never',
  'away', // a disk that is put away is no failure; after seven days without a backup it is `too-old`
  'stopped',
  'interrupted',
  'memory-only',
  'embedded-vault',
]);

const WEEK_MS = 7 * 86_400_000;

/**
 * @param told names the problem that was told last; null where all was well
 * @returns what is told from now on, the notification if there is one, and whether this is the end of a problem
 */
export function nextNotice(
  told: string | null,
  facts: NoticeFacts,
): { told: string | null; notice: Notice | null; recovered: boolean } {
  const { health } = facts;
  if (health.cause === 'fine') return { told: null, notice: null, recovered: told !== null };
  if (QUIET.has(health.cause)) return { told, notice: null, recovered: false };
  const problem = problemKey(facts);
  if (problem === told) return { told, notice: null, recovered: false };
  return {
    told: problem,
    notice: { title: health.title, body: health.line, open: placeOf(facts), urgent: health.state === 'at-risk' },
    recovered: false,
  };
}

/** The same for the same problem, however its words go on counting; another one each week without a backup. */
function problemKey({ health, lastBackup, nowMs }: NoticeFacts): string {
  switch (health.cause) {
    case 'too-old':
      return ofPlan(`too-old ${Math.floor((nowMs - (lastBackup?.endedAt ?? nowMs)) / WEEK_MS)}`, health.plan);
    case 'sign-in':
    case 'unusable':
      return `${health.cause} ${health.title}`; // names the place
    case 'wrong-tries':
      return `wrong-tries ${/\d+/.exec(health.title)?.[0] ?? ''}`;
    default:
      return ofPlan(health.cause, health.plan);
  }
}

/** What is wrong with one plan is another problem than the same with another one. */
function ofPlan(problem: string, plan: string | undefined): string {
  return plan === undefined ? problem : `${problem} of ${plan}`;
}

/** Where the person can do something about it. */
export function placeOf({ health, lastBackup }: Pick<NoticeFacts, 'health' | 'lastBackup'>): OpenAt {
  switch (health.cause) {
    case 'failed':
    case 'first-failed':
      return { screen: 'activity' };
    case 'unreadable':
      return lastBackup === null
        ? { screen: 'activity' }
        : { screen: 'activity', runId: lastBackup.id, view: 'skipped' };
    case 'sign-in':
    case 'unusable':
    case 'stale-place':
      return { screen: 'settings', section: 'destinations' };
    case 'taken-over':
    case 'password-gone':
    case 'wrong-tries':
      return { screen: 'protection' };
    default:
      return { screen: 'home' };
  }
}
