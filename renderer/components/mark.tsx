import type { ReactNode } from 'react';
import type { AppState, Health } from '../../preload/contract.ts';

const ROOTS =
  'M29 7a3 3 0 0 1 6 0v6.2c0 5.6 8.8 8.6 14.9 14.4 5.7 5.4 9.1 11.4 9 18.3-.1 5.8-3 10.6-7.7 13.6a2.45 2.45 0 0 1-3.3-.7 2.45 2.45 0 0 1 .65-3.35c3-2.05 4.5-5.3 4.55-9.25.1-5-2.3-9.4-6.9-13.6C41 27.6 34 25.6 32 21.4c-2 4.2-9 6.2-14.2 11.2-4.6 4.2-7 8.6-6.9 13.6.05 3.95 1.55 7.2 4.55 9.25a2.45 2.45 0 0 1 .65 3.35 2.45 2.45 0 0 1-3.3.7c-4.7-3-7.6-7.8-7.7-13.6-.1-6.9 3.3-12.9 9-18.3C20.2 21.8 29 18.8 29 13.2Z';
const OPEN_ROOTS =
  'M29 7a3 3 0 0 1 6 0v6.2c0 5.6 8.8 8.6 14.9 14.4 4.3 4.1 7.3 8.5 8.5 13.4a2.5 2.5 0 0 1-4.85 1.2c-1-3.8-3.3-7.3-6.65-10.4C41 27.6 34 25.6 32 21.4c-2 4.2-9 6.2-14.2 11.2-3.35 3.1-5.65 6.6-6.65 10.4a2.5 2.5 0 0 1-4.85-1.2c1.2-4.9 4.2-9.3 8.5-13.4C20.2 21.8 29 18.8 29 13.2Z';
const STONE = 'M32 30.5c9.6 0 15.6 6.2 15.6 13.7S41.4 58 32 58s-15.6-6.3-15.6-13.8S22.4 30.5 32 30.5Z';

export type MarkState = 'protected' | 'attention' | 'at-risk' | 'paused' | 'locked';

function Stone({ state }: { state: MarkState }): ReactNode {
  switch (state) {
    case 'protected':
      return <path d={STONE} />;
    case 'attention':
      return (
        <path
          fillRule="evenodd"
          d={`${STONE}M29.3 35.5h5.4l-.7 10.5h-4ZM32 48.4a2.9 2.9 0 1 1 0 5.8 2.9 2.9 0 0 1 0-5.8Z`}
        />
      );
    case 'at-risk':
      return (
        <path
          fillRule="evenodd"
          d="M32 34.5a13.2 13.2 0 1 1 0 26.4 13.2 13.2 0 0 1 0-26.4Zm0 5a8.2 8.2 0 1 0 0 16.4 8.2 8.2 0 0 0 0-16.4Z"
        />
      );
    case 'paused':
      return (
        <>
          <rect x="20.5" y="32.5" width="8" height="25" rx="2.5" />
          <rect x="35.5" y="32.5" width="8" height="25" rx="2.5" />
        </>
      );
    case 'locked':
      return (
        <path
          fillRule="evenodd"
          d={`${STONE}M32 36.2a5.2 5.2 0 0 0-2.7 9.6L28 53.2h8l-1.3-7.4A5.2 5.2 0 0 0 32 36.2Z`}
        />
      );
  }
}

const INK: Record<MarkState, string> = {
  protected: 'good',
  attention: 'warn',
  'at-risk': 'bad',
  paused: 'dim',
  locked: 'dim',
};

/** Two roots close round a stone; the stone carries the state. `plain` leaves the colour to what surrounds it. */
export function Mark({ state = 'protected', plain = false }: { state?: MarkState; plain?: boolean }): ReactNode {
  return (
    <svg className={`mark ${plain ? '' : INK[state]}`} viewBox="0 0 64 64" aria-hidden="true">
      <path d={state === 'at-risk' ? OPEN_ROOTS : ROOTS} />
      <Stone state={state} />
    </svg>
  );
}

/** The mark's state for a health; one source for sidebar, pages and lists. */
export function markOf(health: Health): MarkState {
  switch (health.state) {
    case 'protected':
    case 'running':
    case 'setting-up':
      return 'protected';
    case 'protected-unreadable':
    case 'attention':
      return 'attention';
    case 'at-risk':
      return 'at-risk';
    case 'paused':
      return 'paused';
  }
}

/** The ink class that goes with a health's words. */
export function inkOf(health: Health): string {
  return INK[markOf(health)];
}

/** True where backups stop when the app quits, because there is no keychain to keep their key. */
export function isMemoryOnly(state: AppState): boolean {
  return state.keychain.kind === 'memory';
}
