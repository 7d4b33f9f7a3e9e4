/** Every version of one file, and how one of them stands against the disk. */
import { HoldfastError } from '../../errors.ts';
import type { Difference, EntryVersion } from '../../engine/api.ts';
import { RunControl } from '../../engine/control.ts';
import { parseEntryPath } from '../entry-path.ts';
import { readWithKey } from '../reading.ts';
import type { LookParts } from './parts.ts';
import type { SnapshotTimes } from './snapshot-times.ts';

/** Of a version's snapshots so many are named. */
const NAMED = 100;

export interface Version {
  facts: EntryVersion;
  /** When the first and the last snapshot that have it were made, ms since the epoch. */
  firstAt: number;
  lastAt: number;
  /** Newest first, up to 100. */
  snapshotIds: string[];
  /** Null for the first one. */
  before: { sizeDelta: number; sameContents: boolean; changed: string[] } | null;
}

export interface VersionsAnswer {
  /** Newest first. */
  versions: Version[];
  snapshots: number;
  unread: number;
}

export interface DiskAnswer {
  state: 'same' | 'different' | 'missing' | 'unreadable';
  size: number | null;
  mtimeNs: string | null;
  onlyAbout: boolean;
}

/** Differences in what an entry is for, not about it. */
const OF_CONTENTS = new Set(['kind', 'content', 'target', 'device']);

export class Versions {
  readonly #parts: LookParts;
  readonly #times: SnapshotTimes;
  #running: RunControl | null = null;
  #comparing: RunControl | null = null;

  constructor(parts: LookParts, times: SnapshotTimes) {
    this.#parts = parts;
    this.#times = times;
  }

  /**
   * Versions of a path in one computer's snapshots. A new call ends the one before.
   * @throws HoldfastError `locked`, `path-not-found`, `bad-input`, `stopped`, `destination-*`
   */
  async of(clientId: string, entry: string): Promise<VersionsAnswer> {
    parseEntryPath(entry);
    this.#running?.stop();
    const control = new RunControl();
    this.#running = control;
    const destination = this.#parts.connection.at(clientId);
    const output = await readWithKey(
      this.#parts,
      'versions',
      (access) => ({ destination, access, path: entry, clientId }),
      { control },
    );
    const times = await this.#times.of(output.versions.flatMap(({ snapshotIds }) => snapshotIds));
    const inTime = output.versions.toSorted((a, b) => a.firstMs - b.firstMs);
    const before = new Map(inTime.map((version, i) => [version, inTime[i - 1] ?? null]));
    return {
      versions: output.versions.map((facts) => told(facts, before.get(facts) ?? null, times)),
      snapshots: output.snapshots,
      unread: output.unread.length,
    };
  }

  /**
   * Compares one file of a snapshot with the disk, byte for byte.
   * @param own client ids of this computer
   * @throws HoldfastError `locked`, `bad-input` for another computer's snapshot, `path-not-found`, `destination-*`
   */
  async onDisk(snapshotId: string, entry: string, own: readonly string[]): Promise<DiskAnswer> {
    parseEntryPath(entry);
    const snapshot = await this.#times.facts(snapshotId);
    if (snapshot === null || !own.includes(snapshot.clientId)) throw notThisComputer();
    this.#comparing?.stop();
    const control = new RunControl();
    this.#comparing = control;
    const destination = this.#parts.connection.at(snapshotId);
    const items: Difference[] = [];
    const output = await readWithKey(
      this.#parts,
      'diff',
      (access) => ({ destination, access, from: snapshotId, to: { kind: 'disk', content: true }, path: entry }),
      {
        control,
        onEvent: (event) => {
          if (event.type === 'differences') items.push(...event.items.filter((item) => item.entry === entry));
        },
      },
    );
    const [item] = items;
    if (output.unread.length > 0) return { state: 'unreadable', size: null, mtimeNs: null, onlyAbout: false };
    if (item === undefined) return { state: 'same', size: null, mtimeNs: null, onlyAbout: false };
    if (item.change === 'removed') return { state: 'missing', size: null, mtimeNs: null, onlyAbout: false };
    const { size, mtimeNs } = item;
    const onlyAbout = item.change === 'metadata';
    return { state: onlyAbout ? 'same' : 'different', size, mtimeNs, onlyAbout };
  }
}

function told(facts: EntryVersion, before: EntryVersion | null, times: ReadonlyMap<string, number>): Version {
  const at = (id: string | undefined, otherwise: number): number => times.get(id ?? '') ?? otherwise;
  return {
    facts,
    firstAt: at(facts.snapshotIds[0], facts.firstMs),
    lastAt: at(facts.snapshotIds.at(-1), facts.lastMs),
    snapshotIds: facts.snapshotIds.slice(-NAMED).reverse(),
    before:
      before === null
        ? null
        : {
            sizeDelta: facts.size - before.size,
            sameContents: facts.changed.length > 0 && !facts.changed.some((field) => OF_CONTENTS.has(field)),
            changed: facts.changed,
          },
  };
}

export function notThisComputer(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'Only this computer’s own backups can be compared with its disk.',
    'Choose a snapshot of this computer. Nothing was changed.',
    { severity: 'notice' },
  );
}
