/** Work of which only the newest request counts: one runs, one waits, and what waited before it is told so. */
import { HoldfastError } from '../../errors.ts';

export class Latest {
  #running: Promise<unknown> | null = null;
  #waiting: { start: () => void; drop: (error: HoldfastError) => void } | null = null;

  /**
   * Runs after what is running now.
   * @throws HoldfastError `stopped` where a newer request came while this one waited
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running !== null) {
      this.#waiting?.drop(overtaken());
      await new Promise<void>((resolve, reject) => {
        this.#waiting = { start: resolve, drop: reject };
      });
    }
    const running = work();
    this.#running = running;
    try {
      return await running;
    } finally {
      this.#running = null;
      const next = this.#waiting;
      this.#waiting = null;
      next?.start();
    }
  }

  /** What waits will not run. */
  drop(): void {
    this.#waiting?.drop(overtaken());
    this.#waiting = null;
  }
}

function overtaken(): HoldfastError {
  return new HoldfastError('stopped', 'A newer question took the place of this one.', 'Nothing was changed.', {
    severity: 'notice',
  });
}
