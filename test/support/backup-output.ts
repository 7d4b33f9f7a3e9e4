import type { BackupOutput } from '../../main/engine/api.ts';

/** What an engine answers after a small backup. */
export const BACKUP_OUTPUT: BackupOutput = {
  snapshotId: 'ab'.repeat(32),
  files: 2,
  folders: 1,
  others: 0,
  bytes: 10,
  newFiles: 1,
  changedFiles: 1,
  unchangedFiles: 0,
  removedFiles: 0,
  readBytes: 10,
  newBytes: 10,
  storedBytes: 20,
  skipped: [],
  phases: [{ phase: 'upload', ms: 5, files: 2, bytes: 10 }],
  partial: false,
  also: [],
};
