/** Which picture the tray shows: pure, so that every state and system can be tested. */
import type { AppState } from '../ipc/services.ts';

export const TRAY_STATES = ['protected', 'locked', 'running', 'attention', 'risk', 'paused'] as const;
export type TrayState = (typeof TRAY_STATES)[number];

/** The picture for a state. The keyhole takes nothing from the health: it shows only where all is well. */
export function trayState(state: Pick<AppState, 'health' | 'locked'>): TrayState {
  switch (state.health.state) {
    case 'protected':
      return state.locked ? 'locked' : 'protected';
    case 'protected-unreadable':
    case 'attention':
      return 'attention';
    case 'at-risk':
      return 'risk';
    case 'paused':
      return 'paused';
    case 'running':
      return 'running';
    case 'setting-up':
      return 'protected';
  }
}

export interface TrayFile {
  /** Relative to the folder of tray pictures. */
  file: string;
  /** Pixels of one point. */
  scaleFactor: number;
  pixels: number;
}

/** Points of a side as each system draws its tray, with the scales that have a picture of their own. */
const POINTS = {
  linux: { points: 22, scales: [1, 2] },
  win32: { points: 16, scales: [1, 1.375, 1.5, 2, 3] },
} as const;

/**
 * The files of one picture, the one for a scale of 1 first. On macOS they are black with names that end in "Template",
 * which tells the system to give them the colour of its menu bar.
 */
export function trayFiles(state: TrayState, platform: AppState['platform']): TrayFile[] {
  if (platform === 'darwin') {
    return [
      { file: `${state}Template.png`, scaleFactor: 1, pixels: 16 },
      { file: `${state}Template@2x.png`, scaleFactor: 2, pixels: 32 },
    ];
  }
  const { points, scales } = POINTS[platform];
  return scales.map((scaleFactor) => {
    const pixels = points * scaleFactor;
    return { file: `${state}-${pixels}.png`, scaleFactor, pixels };
  });
}
