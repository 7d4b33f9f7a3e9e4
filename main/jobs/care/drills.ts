/** Proof that a restore works: some files of the newest backup are restored to a private folder, compared, and removed. */
import { placeText } from '../../destinations/spec.ts';
import type { DrillOutput } from '../../engine/api.ts';
import { phrase, plural, text, type Text, told } from '../../text.ts';
import type { RunRecord } from '../activity.ts';
import type { Connection } from '../connection.ts';
import type { Engines, Keys } from '../ports.ts';
import { readWithKey } from '../reading.ts';
import type { JobContext, JobRunner } from '../runner.ts';

export interface DrillsParts {
  connection: Connection;
  runner: JobRunner;
  engines: Engines;
  keys: Keys;
  /** The engine's folder: it remembers which files were tried, so that others come next. */
  stateFolder: string;
  /** Keeps the session from locking by idleness; returns what gives that back. */
  hold: () => () => void;
}

export class Drills {
  readonly #parts: DrillsParts;

  constructor(parts: DrillsParts) {
    this.#parts = parts;
  }

  /** @throws HoldfastError `locked`, `busy`, `bad-input` before set-up */
  start(): { runId: string; finished: Promise<RunRecord> } {
    const { connection, keys, runner, hold } = this.#parts;
    const { destination } = connection.require();
    // Asked for here, so that a locked session is refused before a run exists.
    keys.readAccess().rootKey.fill(0);
    const release = hold();
    try {
      const started = runner.start({
        kind: 'drill',
        destination: placeText(destination),
        execute: async (context) => await this.#drill(context),
      });
      void started.finished.finally(release);
      return started;
    } catch (error) {
      release();
      throw error;
    }
  }

  async #drill({ control, emit }: JobContext): Promise<Partial<RunRecord>> {
    const { destination } = this.#parts.connection.require();
    const { stateFolder } = this.#parts;
    const output = await readWithKey(this.#parts, 'drill', (access) => ({ destination, access, stateFolder }), {
      control,
      onEvent: emit,
    });
    for (const path of output.changedSources) {
      emit({
        type: 'message',
        level: 'warning',
        ...told(
          text`${path}: the file on this computer has other bytes than were backed up, and the same size and times. The backup holds what was read then. Check the disk that the file is on.`,
        ),
      });
    }
    emit({ type: 'message', level: 'info', ...told(compared(output)) });
    return record(output);
  }
}

function compared({ files, comparedWithSource }: DrillOutput): string | Text {
  if (files === 0) return phrase('The newest backup holds no file that could be tried.');
  if (comparedWithSource === 0) {
    return phrase('Each was compared with what was recorded of it when it was backed up.');
  }
  return text`Each was compared with what was recorded of it when it was backed up; ${plural(comparedWithSource, { one: '# of them', other: '# of them' })} also with the file on this computer.`;
}

function record({ snapshotId, files, bytes, failed }: DrillOutput): Partial<RunRecord> {
  return {
    snapshotId,
    files,
    bytes,
    skippedCount: failed.length,
    skipped: failed.map(({ path, message }) => ({
      path,
      reason: 'io-error',
      message,
      guidance: 'Run a full check under Settings: it says what is damaged. Nothing stored was changed.',
    })),
  };
}
