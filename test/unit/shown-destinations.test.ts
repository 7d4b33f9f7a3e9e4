/** What the window says of the plan's places. */
import { describe, expect, it } from 'vitest';
import { shownDestinations } from '../../main/app/shown-destinations.ts';
import { HoldfastError, type ErrorInfo } from '../../main/errors.ts';
import { plannedFolder } from '../support/chosen-place.ts';

type Parts = Parameters<typeof shownDestinations>[0];

const missing = new HoldfastError('destination-missing', 'The folder is not there.', 'Connect it.').toInfo();
const full = new HoldfastError('destination-full', 'The disk is full.', 'Make room.').toInfo();

function message(presence: 'present' | 'away', error: ErrorInfo | null): string | undefined {
  const parts = {
    destinations: {
      planned: () => [plannedFolder('/media/disk')],
      status: () => ({ presence, freeBytes: null, totalBytes: null, trashBytes: null, error: null }),
      states: { get: () => ({ completeMs: 1, behind: true, error, usedBytes: null, usage: [] }) },
    },
    runner: { progress: () => null, active: () => [] },
    backups: { paused: () => null },
  };
  return shownDestinations(parts as unknown as Parts)[0]?.message;
}

describe('a place that is behind', () => {
  it('tells why, but not that it is away once it is there again', () => {
    expect(message('present', full)).toBe('The newest backup is not complete here yet. The disk is full.');
    expect(message('present', missing)).toBe('The newest backup is not complete here yet');
    expect(message('present', null)).toBe('The newest backup is not complete here yet');
  });

  it('says what to do while it is away', () => {
    expect(message('away', missing)).toBe('Connect it, and what it missed is brought there by itself.');
  });
});
