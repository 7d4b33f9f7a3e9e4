/** How several plans stand together: as the worst of them does, with its name. Pure. */
import { text } from '../text.ts';
import { say } from '../words/say.ts';
import type { Health, HealthCause, HealthState } from './health-facts.ts';

export interface PlanHealth {
  name: string;
  health: Health;
}

/** The worst first. What is running is told before what it may well mend. */
const ORDER: readonly HealthState[] = [
  'setting-up',
  'running',
  'at-risk',
  'attention',
  'paused',
  'protected-unreadable',
  'protected',
];

/** What is true of one plan and not of the computer. */
const OF_A_PLAN: ReadonlySet<HealthCause> = new Set([
  'never',
  'first-failed',
  'taken-over',
  'too-old',
  'away',
  'stale-place',
  'failed',
  'stopped',
  'interrupted',
  'unreadable',
]);

/** @param plans at least one; of equals the first counts */
export function healthOfPlans(plans: readonly PlanHealth[]): Health {
  const [worst] = [...plans].sort((a, b) => ORDER.indexOf(a.health.state) - ORDER.indexOf(b.health.state));
  if (worst === undefined) throw new RangeError('there is no plan');
  const { name, health } = worst;
  if (plans.length === 1) return health;
  if (health.cause === 'running') return { ...health, title: say(text`Backing up ${name} now`), plan: name };
  const waits = health.cause === 'paused' && plans.some((plan) => plan.health.cause !== 'paused');
  return waits || OF_A_PLAN.has(health.cause) ? { ...health, title: `${name}: ${health.title}`, plan: name } : health;
}
