/** What the tray says and offers, from the state: pure, so that every case has a test. */
import type { AppState } from '../ipc/services.ts';
import { dayWords, momentWords } from '../jobs/moment-words.ts';
import { plural, text } from '../text.ts';
import { locale, say } from '../words/say.ts';
import { trayState, type TrayState } from './tray-icon.ts';

export type TrayAction =
  'open' | 'back-up' | 'pause-hour' | 'pause-tomorrow' | 'pause-resumed' | 'resume' | 'lock' | 'quit';

export type TrayItem =
  | { kind: 'text'; label: string }
  | { kind: 'separator' }
  /** `plan`: id of the one that is to back up; all where it is missing. */
  | { kind: 'action'; label: string; action: TrayAction; enabled: boolean; plan?: string }
  | { kind: 'menu'; label: string; items: TrayItem[] };

export interface TrayModel {
  icon: TrayState;
  tooltip: string;
  items: TrayItem[];
}

const SEPARATOR: TrayItem = { kind: 'separator' };

function action(label: string, what: TrayAction, enabled = true): TrayItem {
  return { kind: 'action', label, action: what, enabled };
}

export function trayModel(state: AppState, nowMs: number): TrayModel {
  const progress = progressWords(state);
  const lines = [state.health.title, progress, lastWords(state, nowMs), nextWords(state, nowMs)].filter(
    (line) => line !== null,
  );
  return {
    icon: trayState(state),
    // Windows cuts what is longer than 127 characters.
    tooltip: `Holdfast: ${[state.health.title, progress].filter(Boolean).join('. ')}`.slice(0, 127),
    items: [
      ...lines.map((label): TrayItem => ({ kind: 'text', label })),
      SEPARATOR,
      ...actions(state),
      SEPARATOR,
      action(say('Open Holdfast'), 'open'),
      ...(state.phase === 'ready' && !state.locked ? [action(say('Lock now'), 'lock')] : []),
      SEPARATOR,
      action(say('Quit Holdfast'), 'quit'),
    ],
  };
}

function actions(state: AppState): TrayItem[] {
  if (state.phase === 'new') return [action(say('Set up a backup…'), 'open')];
  const paused = state.health.state === 'paused';
  return [
    backUp(state, !isRunning(state, 'backup') || paused),
    paused
      ? action(say('Resume backups'), 'resume')
      : {
          kind: 'menu',
          label: say('Pause backups'),
          items: [
            action(say('For an hour'), 'pause-hour'),
            action(say('Until tomorrow'), 'pause-tomorrow'),
            action(say('Until I resume'), 'pause-resumed'),
          ],
        },
  ];
}

/** With several plans each can be backed up by itself. */
function backUp({ plans }: AppState, enabled: boolean): TrayItem {
  const label = say('Back up now');
  if (plans.length < 2) return action(label, 'back-up', enabled);
  return {
    kind: 'menu',
    label,
    items: [
      action(say('All plans'), 'back-up', enabled),
      ...plans.map(({ id, name, doing }): TrayItem => {
        return { kind: 'action', label: name, action: 'back-up', enabled: doing === 'nothing', plan: id };
      }),
    ],
  };
}

function isRunning({ progress }: AppState, kind: NonNullable<AppState['progress']>['kind']): boolean {
  return progress?.kind === kind && ['running', 'pausing', 'paused', 'stopping'].includes(progress.state);
}

const DOING = {
  backup: text`Backing up`,
  restore: text`Restoring`,
  verify: text`Checking the backup`,
  copy: text`Copying`,
} as const;

/** "Backing up: 42 %, about 4 minutes left". Null while nothing runs. */
function progressWords(state: AppState): string | null {
  const { progress } = state;
  if (progress === null || progress.state !== 'running') return null;
  const phase = progress.phases.find(({ phase: name }) => name === progress.phase);
  const done = phase?.totalBytes == null || phase.totalBytes === 0 ? null : phase.bytes / phase.totalBytes;
  const words = say(DOING[progress.kind as keyof typeof DOING] ?? text`Working`);
  const numbers = [done === null ? null : percent(done), leftWords(progress.etaMs)];
  const known = numbers.filter((word) => word !== null);
  return known.length === 0 ? `${words}…` : say(text`${words}: ${known.join(', ')}`);
}

function leftWords(etaMs: number | null): string | null {
  if (etaMs === null) return null;
  const minutes = Math.ceil(etaMs / 60_000);
  if (minutes <= 1) return say('about a minute left');
  if (minutes < 100) return say(text`about ${plural(minutes, { one: '# minute', other: '# minutes' })} left`);
  return say(text`about ${plural(Math.round(minutes / 60), { one: '# hour', other: '# hours' })} left`);
}

function lastWords({ phase, lastBackup }: AppState, nowMs: number): string | null {
  if (phase === 'new') return null;
  const at = lastBackup?.endedAt ?? null;
  return at === null ? say('No backup yet') : say(text`Last backup: ${dayWords(at, nowMs)}, ${clock(at)}`);
}

/** Why the next one waits, else when it comes. */
function nextWords({ waitsFor, nextRunMs, plans }: AppState, nowMs: number): string | null {
  if (waitsFor !== null) return waitsFor.line;
  if (nextRunMs === null) return null;
  const words = momentWords(Math.max(nextRunMs, nowMs), nowMs);
  const plan = plans.length < 2 ? undefined : plans.find((one) => one.nextRunMs === nextRunMs)?.name;
  if (plan !== undefined) {
    return /^\d\d:/.test(words)
      ? say(text`Next backup: ${plan}, today, ${words}`)
      : say(text`Next backup: ${plan}, ${words}`);
  }
  return /^\d\d:/.test(words) ? say(text`Next backup: today, ${words}`) : say(text`Next backup: ${words}`);
}

function clock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

function percent(share: number): string {
  return new Intl.NumberFormat(locale(), { style: 'percent' }).format(Math.floor(Math.min(share, 1) * 100) / 100);
}
