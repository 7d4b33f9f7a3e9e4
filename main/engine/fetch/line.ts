/** A reader's line to the fetcher: asks for what is not on this computer yet, and waits, synchronously. */
import { receiveMessageOnPort } from 'node:worker_threads';
import { HoldfastError } from '../../errors.ts';
import type { RunControl } from '../control.ts';
import type { Answer, CachePlaces, FromReader, LineData } from './messages.ts';
import { Parts } from './parts.ts';

/** Bound of a single wait in ms: so soon a pause or stop is noticed, whatever the line does. */
const LOOK_MS = 100;

export class Line {
  readonly parts: Parts;
  readonly places: CachePlaces;
  /** Pauses and stops the waiting; a reader that several verbs share is given that of the one at work. */
  control: RunControl;
  readonly #data: LineData;
  readonly #answered: Int32Array;
  #requests = 0;

  /** @param sizes stored size of each pack in bytes, by ordinal */
  constructor(data: LineData, sizes: readonly number[], control: RunControl) {
    this.#data = data;
    this.#answered = new Int32Array(data.answered);
    this.parts = new Parts(sizes, data.shared);
    this.places = data.places;
    this.control = control;
  }

  /**
   * Returns when these MiB of a part are on this computer. The part must be pinned.
   *
   * @throws HoldfastError `object-missing`, `object-damaged` (shorter than it should be), `destination-*`, `stopped`,
   *   `target-full` (no room for them here)
   */
  want(part: number, mask: number): void {
    this.control.checkSync();
    const request = ++this.#requests;
    this.#post({ type: 'want', request, part, mask });
    for (;;) {
      const last = Atomics.load(this.#answered, 0);
      const answer = this.#answerTo(request);
      if (answer !== null) {
        if (answer.error !== null) throw HoldfastError.fromInfo(answer.error);
        return;
      }
      if (this.parts.dead) throw fetcherDied();
      Atomics.wait(this.#answered, 0, last, LOOK_MS);
      this.control.checkSync();
    }
  }

  /** Says that bytes were read, so that more may be fetched ahead. */
  didRead(part: number, mask: number): void {
    const mib = this.parts.clearAhead(part, mask);
    if (mib > 0) this.#post({ type: 'read', mib });
  }

  #post(message: FromReader): void {
    this.#data.port.postMessage(message);
  }

  /** Answers to requests whose waiting was stopped may lie before it. */
  #answerTo(request: number): Answer | null {
    for (let next = receiveMessageOnPort(this.#data.port); next; next = receiveMessageOnPort(this.#data.port)) {
      const answer = next.message as Answer;
      if (answer.request === request) return answer;
    }
    return null;
  }
}

function fetcherDied(): HoldfastError {
  return new HoldfastError(
    'destination-failed',
    'The part of Holdfast that reads from the storage stopped unexpectedly.',
    'Nothing stored was changed. Try again; if it happens again, export the log and report it.',
  );
}
