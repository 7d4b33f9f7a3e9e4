import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DryRunDestination } from '../../main/destinations/decorators/dry-run.ts';
import { all, expectBytes, expectCode, namesIn, spool } from '../support/destination-helpers.ts';
import { makeLocal, type LocalUnderTest } from '../support/destination-local.ts';
import { describeAgainstModel } from '../support/destination-model.ts';
import { CLIENT, nameFor, numbered, random } from '../support/destination-names.ts';

describe('a dry run', () => {
  let local: LocalUnderTest;
  let dry: DryRunDestination;
  beforeEach(async () => {
    local = await makeLocal();
    await local.destination.put('repo.json', numbered(1));
    await local.destination.put(nameFor(numbered(2)), numbered(2));
    dry = new DryRunDestination(local.destination);
  });
  afterEach(async () => {
    await dry.close();
    await local.dispose();
  });

  it('counts what would be written and removed, and changes nothing', async () => {
    await dry.init();
    await dry.put('repo.json', numbered(3, 100));
    await dry.publish(await spool(dry, random(5_000)), nameFor(random(5_000)));
    await dry.remove(nameFor(numbered(2)));
    await dry.remove(nameFor(numbered(2)));
    expect(dry.count()).toEqual({ stored: 2, storedBytes: 5_100, removed: 1, removedBytes: 16 });
    expectBytes(await dry.get('repo.json'), numbered(3, 100));
    await expectCode(dry.get(nameFor(numbered(2))), 'object-missing');
    expect(dry.localPath('repo.json')).toBeNull();
    expect(dry.localPath(nameFor(numbered(9)))).toBe(local.destination.localPath(nameFor(numbered(9))));
    expectBytes(await local.destination.get('repo.json'), numbered(1));
    expect(await namesIn(local.destination, '')).toEqual([nameFor(numbered(2)), 'repo.json'].sort());
    expect(await local.leftovers()).toEqual([]);
  });

  it('its spool lies apart and goes with it', async () => {
    const folder = await dry.spoolFolder(CLIENT);
    expect(folder.startsWith(local.root)).toBe(false);
    await writeFile(path.join(folder, 'rest'), 'x');
    await dry.clearSpool(CLIENT);
    expect(existsSync(path.join(folder, 'rest'))).toBe(false);
    await dry.close();
    expect(existsSync(path.dirname(folder))).toBe(false);
  });

  it('keeps the spool file where the caller wants it', async () => {
    const bytes = random(1_000);
    const file = await spool(dry, bytes);
    await dry.publish(file, nameFor(bytes), { keep: true });
    expect(existsSync(file)).toBe(true);
    await dry.publish(file, nameFor(bytes));
    expect(existsSync(file)).toBe(false);
    expect(dry.count().stored).toBe(1);
  });

  it('what is too large to be kept is listed, and says why it cannot be read', async () => {
    const bytes = random(5 * 2 ** 20);
    await dry.put(nameFor(bytes), bytes);
    expect((await all(dry, '')).find(({ name }) => name === nameFor(bytes))?.size).toBe(bytes.length);
    await expectCode(dry.get(nameFor(bytes)), 'object-missing');
    await expectCode(dry.getRange(nameFor(bytes), bytes.length, 1), 'object-damaged');
  });

  it('refuses what a destination refuses', async () => {
    await expectCode(dry.put('../x', numbered(1)), 'bad-input');
    await expectCode(dry.put('repo.json', numbered(1), { sha256: new Uint8Array(32) }), 'object-damaged');
    await expectCode(dry.publish(path.join(await dry.spoolFolder(CLIENT), 'none'), 'repo.json'), 'destination-failed');
    expect(dry.count().stored).toBe(0);
  });

  describeAgainstModel(async () => {
    const under = await makeLocal();
    return { ...under, destination: new DryRunDestination(under.destination) };
  });
});
