/** From the jobs' own types to what the contract sends. */
import type {
  Entry,
  RestoreReport as ReportShape,
  RunDetail,
  RunSummary,
  SnapshotInfo,
} from '../../preload/contract.ts';
import type { EntryFacts, SnapshotFacts } from '../engine/api.ts';
import { HoldfastError, type ErrorInfo } from '../errors.ts';
import type { RunRecord } from '../jobs/activity.ts';
import type { RestoreReport } from '../jobs/restores.ts';
import { runText } from '../jobs/run-text.ts';
import { say, sayItem } from '../words/say.ts';
import { errorInfo } from './dispatch.ts';

export function snapshotInfo(facts: SnapshotFacts, ownClients: readonly string[]): SnapshotInfo {
  return {
    id: facts.id,
    at: facts.startedMs,
    computer: facts.computerName,
    clientId: facts.clientId,
    thisComputer: ownClients.includes(facts.clientId),
    files: facts.files,
    bytes: facts.bytes,
    partial: facts.partial,
    damaged: facts.damage !== null,
    skipped: facts.skipped,
    sources: facts.sources,
  };
}

/** @param folderId entry path of the folder it lies in, empty for the top */
export function entry(facts: EntryFacts, folderId: string): Entry {
  return {
    id: folderId === '' ? facts.id : `${folderId}/${facts.id}`,
    name: facts.name,
    kind: shownKind(facts.kind),
    size: facts.kind === 'file' ? facts.size : null,
    items: null,
    modifiedAt: msOf(facts.mtimeNs),
    mode: modeText(facts.kind, facts.mode),
    owner: [facts.user || String(facts.uid), facts.group || String(facts.gid)].join(':'),
    linkTarget: facts.linkTarget,
  };
}

/** ns as decimal string to whole ms. */
export function msOf(ns: string): number {
  return Number(BigInt(ns) / 1_000_000n);
}

export function shownKind(kind: EntryFacts['kind']): Entry['kind'] {
  return kind === 'folder' || kind === 'file' || kind === 'symlink' ? kind : 'other';
}

const KIND_LETTERS: Record<EntryFacts['kind'], string> = {
  folder: 'd',
  file: '-',
  symlink: 'l',
  fifo: 'p',
  socket: 's',
  block: 'b',
  char: 'c',
};

/** As `ls -l` shows it: `drwxr-xr-x`. */
export function modeText(kind: EntryFacts['kind'], mode: number): string {
  const bits = [0o400, 0o200, 0o100, 0o40, 0o20, 0o10, 0o4, 0o2, 0o1];
  const text = bits.map((bit, i) => ((mode & bit) === 0 ? '-' : 'rwx'.charAt(i % 3)));
  const special: [number, number, string][] = [
    [0o4000, 2, 's'],
    [0o2000, 5, 's'],
    [0o1000, 8, 't'],
  ];
  for (const [bit, at, letter] of special) {
    if ((mode & bit) !== 0) text[at] = text[at] === 'x' ? letter : letter.toUpperCase();
  }
  return KIND_LETTERS[kind] + text.join('');
}

export function runSummary(run: RunRecord): RunSummary {
  const { id, kind, startedAt, endedAt, result, files, bytes, newFiles, changedFiles, unchangedFiles } = run;
  const { removedFiles, storedBytes, skippedCount, snapshotId, destination, plan, error } = run;
  return {
    id,
    kind,
    startedAt,
    endedAt,
    result,
    files,
    bytes,
    newFiles,
    changedFiles,
    unchangedFiles,
    removedFiles,
    storedBytes,
    skippedCount,
    snapshotId,
    destination,
    ...(plan === undefined ? {} : { plan: plan.name }),
    error: shownError(error),
  };
}

export function runDetail(run: RunRecord): RunDetail {
  return {
    ...runSummary(run),
    phases: run.phases,
    skipped: run.skipped.map(sayItem),
    messages: run.messages.map(({ at, level, text, said }) => ({ at, level, text: say(said ?? text) })),
    destinations: run.destinations ?? [],
    traffic: (run.traffic ?? []).map(({ destination, requests, sentBytes, receivedBytes }) => ({
      destination,
      requests: Object.values(requests).reduce((sum, count) => sum + count, 0),
      sentBytes,
      receivedBytes,
    })),
    text: runText(run),
  };
}

export function restoreReport(report: RestoreReport): ReportShape {
  return { ...report, problems: report.problems.map(sayItem), error: shownError(report.error) };
}

/** An error of a run as the contract carries it. */
export function shownError(error: ErrorInfo | null): ReturnType<typeof errorInfo> | null {
  return error === null ? null : errorInfo(HoldfastError.fromInfo(error));
}
