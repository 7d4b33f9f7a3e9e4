/** The HSM in memory, which other vault tests stand on, is held to what a real token does; and its faults work. */
import { expect, test } from 'vitest';
import { hsmConformance, newRecord, randomPoint, refused } from '../support/vault/hsm-conformance.ts';
import { SoftwareToken } from '../support/vault/software-hsm.ts';

for (const profile of ['A', 'B', 'C'] as const) {
  hsmConformance('memory', profile, async () => {
    const token = new SoftwareToken(profile);
    return { open: async () => token.open(), dispose: async () => {} };
  });
}

test('a fault before the operation leaves no trace; one after it has been counted', async () => {
  const hsm = new SoftwareToken().open();
  hsm.failNext('unavailable', { method: 'evaluate' });
  hsm.failNext('unavailable', { method: 'evaluate', when: 'after' });
  expect(await hsm.akeDh(randomPoint())).toHaveLength(33);
  await refused(hsm.evaluate(newRecord(), randomPoint()), 'unavailable');
  expect(hsm.counts.oprfDerives).toBe(0);
  await refused(hsm.evaluate(newRecord(), randomPoint()), 'unavailable');
  expect(hsm.counts.oprfDerives).toBe(2);
  expect(hsm.faultsLeft).toBe(0);
  expect(await hsm.evaluate(newRecord(), randomPoint())).toHaveLength(33);
});

test('swapped keys are found by the next operation', async () => {
  const hsm = new SoftwareToken().open();
  hsm.swapKeys();
  await refused(hsm.evaluate(newRecord(), randomPoint()), 'swapped');
  await refused(hsm.akeDh(randomPoint()), 'swapped');
});

test('an operation can be held back', async () => {
  const hsm = new SoftwareToken().open();
  let letGo = (): void => {};
  hsm.onCall = (method) => (method === 'evaluate' ? new Promise<void>((resolve) => (letGo = resolve)) : undefined);
  const evaluating = hsm.evaluate(newRecord(), randomPoint());
  expect(await hsm.sign(randomPoint())).toHaveLength(64);
  expect(hsm.counts.oprfDerives).toBe(0);
  letGo();
  expect(await evaluating).toHaveLength(33);
});

test('a clone answers as the original does, with a site key and rotations of its own; a copy is the same device', async () => {
  const token = new SoftwareToken();
  const [original, clone] = [token.open(), token.clone().open()];
  const epoch = await original.createEpochKey();
  const copy = token.copy().open();
  const [record, point] = [newRecord(), randomPoint()];
  const answer = await original.evaluate(record, point);
  for (const other of [clone, copy]) {
    expect(await other.evaluate(record, point)).toEqual(answer);
    expect(other.publicKeys.receipt).toEqual(original.publicKeys.receipt);
  }
  expect(clone.publicKeys.site).not.toEqual(original.publicKeys.site);
  expect(await clone.listEpochKeys()).toEqual([]);
  expect(copy.publicKeys.site).toEqual(original.publicKeys.site);
  await original.destroyEpochKey(epoch);
  expect(await copy.listEpochKeys()).toEqual([epoch]);
});
