/** Measuring several sources, one after the other; a new request ends the one before. */
import { measureSource, type MeasureCount } from './measure.ts';

export interface MeasureRequest {
  /** Chosen by who asks; comes back with every count. */
  id: string;
  /** Each with a name of the asker's (a capability id) and the path's raw bytes. */
  sources: { name: string; at: Uint8Array }[];
  excludes: readonly string[];
}

export class Measures {
  readonly #report: (id: string, name: string, count: MeasureCount) => void;
  #current: AbortController | null = null;

  constructor(report: (id: string, name: string, count: MeasureCount) => void) {
    this.#report = report;
  }

  /** Resolves when all is measured, or this request was ended by `cancel()` or by another. */
  async measure(request: MeasureRequest): Promise<void> {
    this.cancel();
    const controller = new AbortController();
    this.#current = controller;
    try {
      for (const { name, at } of request.sources) {
        await measureSource(at, request.excludes, controller.signal, (count) => this.#report(request.id, name, count));
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
  }

  cancel(): void {
    this.#current?.abort();
    this.#current = null;
  }
}
