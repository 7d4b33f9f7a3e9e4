/** Whether a release that was proven genuine is taken: a pure function, so that every case has a test. */
import { createHash } from 'node:crypto';
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import type { Release, ReleaseFile } from './manifest.ts';
import { compareVersions } from './version.ts';

/** The newest that was ever seen of a channel. */
export interface Seen {
  readonly version: string;
  /** When its manifest was signed, ms since the epoch. */
  readonly issuedMs: number;
}

export interface DecisionFacts {
  /** The version that runs. */
  readonly version: string;
  /** Random and of this computer alone; it is sent nowhere. */
  readonly stagingId: string;
  /** A person asked. */
  readonly byHand: boolean;
  readonly system: NodeJS.Platform;
  readonly arch: string;
}

/** `current`: nothing newer. `later`: it does not reach this computer yet, or was withdrawn. */
export type Decision = { kind: 'current' } | { kind: 'later' } | { kind: 'take'; file: ReleaseFile };

/** @throws HoldfastError `update-refused`, also for whatever would be a step back */
export function decide(release: Release, facts: DecisionFacts): Decision {
  const newer = compareVersions(release.version, facts.version);
  if (newer < 0) throw downgrade(release.version, facts.version);
  if (newer === 0) return { kind: 'current' };
  if (release.rollout === 0) return { kind: 'later' };
  if (!facts.byHand && shareOf(facts.stagingId, release.version) >= release.rollout) return { kind: 'later' };
  if (compareVersions(facts.version, release.minimumVersion) < 0) throw tooOld(release.version);
  const file = fileFor(release, facts);
  if (file === undefined) throw notForThis(release.version);
  return { kind: 'take', file };
}

/**
 * What an older manifest says was true once, and its signature is good for ever: it must not be believed again.
 * @throws HoldfastError `update-refused`
 */
export function refuseReplay(release: Release, seen: Seen | null): void {
  if (seen === null) return;
  const back = compareVersions(release.version, seen.version) < 0 || Date.parse(release.issued) < seen.issuedMs;
  if (!back) return;
  throw new HoldfastError(
    'update-refused',
    'An update was refused: the server told of an older release than it did before.',
    'Nothing was loaded or changed. Holdfast never goes back to an older version.',
    { detail: `${release.version} of ${release.issued}, after ${seen.version}` },
  );
}

/**
 * Where this computer stands in the roll-out of a version, 0 to 100. Drawn anew for each version, so that it is not
 * always the same people who go first.
 */
export function shareOf(stagingId: string, version: string): number {
  const hash = createHash('sha256').update(`${stagingId} ${version}`).digest();
  return (hash.readUInt32BE(0) / 2 ** 32) * 100;
}

const EXTENSION: Partial<Record<NodeJS.Platform, string>> = { linux: '.AppImage', darwin: '.zip', win32: '.exe' };

function fileFor(release: Release, { system, arch }: DecisionFacts): ReleaseFile | undefined {
  const extension = EXTENSION[system];
  const fits = release.files.filter(
    (file) => extension !== undefined && file.system === system && file.name.endsWith(extension),
  );
  return fits.find((file) => file.arch === arch) ?? fits.find((file) => file.arch === 'universal');
}

function downgrade(offered: string, own: string): HoldfastError {
  return new HoldfastError(
    'update-refused',
    text`The server offers Holdfast ${offered}, which is older than yours, ${own}.`,
    'Nothing was loaded: Holdfast never goes back to an older version. The next newer one comes by itself.',
    { severity: 'notice' },
  );
}

function tooOld(offered: string): HoldfastError {
  return new HoldfastError(
    'update-refused',
    text`This version is too old to update itself to Holdfast ${offered}.`,
    'Install the newer version by hand, the way you installed this one. Your settings and backups stay.',
    { severity: 'notice' },
  );
}

function notForThis(offered: string): HoldfastError {
  return new HoldfastError(
    'update-refused',
    text`Holdfast ${offered} isn’t made for this kind of computer.`,
    'Nothing was loaded. This version goes on as it is.',
    { severity: 'notice' },
  );
}
