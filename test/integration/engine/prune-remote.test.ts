/** Clean-ups at storage behind a line: as planned, in few requests, and what is kept is whole. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { PruneInput } from '../../../main/engine/api.ts';
import { backup } from '../../../main/engine/backup.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { create } from '../../../main/engine/create.ts';
import { enrol } from '../../../main/engine/enrol.ts';
import { forget } from '../../../main/engine/forget.ts';
import { prune } from '../../../main/engine/prune.ts';
import { closeSnapshot } from '../../../main/engine/repository/open-trees.ts';
import { verify } from '../../../main/engine/verify.ts';
import { KIB, MIB, noise } from '../../support/crash-world.ts';
import { REMOTE_KINDS, type RemotePlace } from '../../support/remote-places.ts';

const HOUR_MS = 3_600_000;
const GRACE_HOURS = 72;
const FILES = 150;
const RUNS = 3;

let place: RemotePlace | null = null;

afterEach(async () => {
  vi.useRealTimers();
  await closeSnapshot();
  await place?.stop();
  place = null;
});

const context = () => ({ control: new RunControl(), emit: (): void => undefined });

/** How often each pack was asked for or told to go. */
function byPack(asked: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const request of asked) {
    const name = /[/][pm][/].*([0-9a-f]{64})/.exec(request)?.[1];
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

describe.each(REMOTE_KINDS.filter(({ name }) => name === 'S3' || name === 'WebDAV'))('$name', ({ missing, start }) => {
  test.skipIf(missing !== null)(
    'is cleaned up as planned, in a few requests for each object and none for each blob',
    async () => {
      place = await start();
      const { folder } = place;
      const destination = place.spec();
      const rootKey = new Uint8Array(createHash('sha256').update('a root key').digest());
      await create({ destination, rootKey });
      const { capability, readerPublicKey } = await enrol({ destination, rootKey });
      const access = { kind: 'capability', capability, readerPublicKey } as const;
      const stateFolder = path.join(folder, 'state');
      const sources = path.join(folder, 'files');
      mkdirSync(sources);
      const own = { destination, access, stateFolder };
      for (let run = 0; run < RUNS; run++) {
        // A third of the files is new each time; the others are shared with the runs before.
        for (let i = 0; i < FILES; i++) {
          if (run === 0 || i % RUNS === run) writeFileSync(path.join(sources, `${i}`), noise(`${run} ${i}`, 6 * KIB));
        }
        const input = { ...own, sources: [sources], excludes: [], computerName: 'test', packBytes: 256 * KIB };
        await backup(input, context());
      }
      await forget({ ...own, policy: { last: 1 }, ids: [], dryRun: false }, context());

      const input: PruneInput = {
        ...own,
        rootKey,
        graceHours: GRACE_HOURS,
        maxUnused: 1,
        dryRun: false,
        packBytes: 8 * MIB,
        fewestSmall: 2,
      };
      const run = async (more: Partial<PruneInput> = {}) => {
        await place?.fail(null);
        const output = await prune({ ...input, ...more }, context());
        const { asked } = (await place?.fail(null)) ?? { asked: [] };
        return { output, asked, byPack: byPack(asked) };
      };
      const planned = await run({ dryRun: true });
      expect(planned.asked.filter((request) => /^(Put|Delete|PUT|DELETE|MOVE)/.test(request))).toEqual([]);
      const marked = await run();
      expect({ ...marked.output, dryRun: true, storedBytes: 0, nextMs: 0 }).toEqual({ ...planned.output, nextMs: 0 });
      const { output } = marked;
      expect(output.liveBlobs).toBeGreaterThanOrEqual(FILES);
      // Of each run a third of the contents is needed.
      expect(output.joined.filter((name) => name.includes('/p/')).length).toBe(RUNS);
      expect(output.removed).toEqual([]);
      // Repo.json, keyrings and what is new; each pack, segment and snapshot is read once, and a listing of WebDAV asks for
      // each folder of a shard. There are more blobs than that.
      const most = 40 + 4 * (output.packs + 3 * RUNS);
      expect(most).toBeLessThan(output.liveBlobs);
      expect(marked.asked.length).toBeLessThan(most);
      expect(Math.max(...marked.byPack.values())).toBeLessThanOrEqual(2);

      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + (GRACE_HOURS + 1) * HOUR_MS });
      const removed = await run();
      expect(removed.output.removed).toEqual(expect.arrayContaining(output.doomed));
      expect(removed.asked.length).toBeLessThan(most);
      expect(Math.max(...removed.byPack.values())).toBeLessThanOrEqual(2);
      vi.useRealTimers();

      const key = { kind: 'key', rootKey } as const;
      const found = await verify({ destination, access: key, level: 3 }, context());
      expect([found.damage, found.strays, found.contentsProven]).toEqual([[], [], true]);
    },
    120_000,
  );
});
