/** The record of the old key waits for every place of the backup that this computer knows. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { forgetRetiring, keepRetiring, noteChanged, placesOfOldKey } from '../../main/engine/retiring-record.ts';
import { noteFilled } from '../../main/engine/repository/known-places.ts';
import { made } from '../support/format.ts';

const repoId = made(16, 1);
const id = Buffer.from(repoId).toString('hex');
const record = (digit: string) => ({
  vaultId: '01'.repeat(16),
  recordId: digit.repeat(64),
  urls: ['https://vault:8600'],
  fingerprint: '02'.repeat(32),
});
const a = { kind: 'local' as const, path: '/a' };
const b = { kind: 'local' as const, path: '/b' };

let folder = '';
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'holdfast-retiring-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('counts the places that have not shown the new key, of this change only', async () => {
  await noteFilled(folder, repoId, a);
  await noteFilled(folder, repoId, b);
  // Nothing waits yet: that is no answer for the next change.
  await noteChanged(folder, id, a);
  await keepRetiring(folder, id, record('3'));
  expect(await placesOfOldKey(folder, id)).toBe(2);
  await noteChanged(folder, id, a);
  expect(await placesOfOldKey(folder, id)).toBe(1);
  // Gone on with, as after an interruption.
  await keepRetiring(folder, id, record('3'));
  expect(await placesOfOldKey(folder, id)).toBe(1);
  await noteChanged(folder, id, b);
  expect(await placesOfOldKey(folder, id)).toBe(0);
  await keepRetiring(folder, id, record('4'));
  expect(await placesOfOldKey(folder, id)).toBe(2);
  await noteChanged(folder, id, a);
  await forgetRetiring(folder, id);
  expect(await placesOfOldKey(folder, id)).toBe(2);
});
