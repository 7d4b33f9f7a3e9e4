/** Work of which only the newest request counts: one runs, one waits, and what waited before it is told so. */
import { HoldfastError } from '../../errors.ts';

export class Latest {
  #running = false;
  #waiting: { question: string; start: () => void; drop: (error: HoldfastError) => void }[] = [];

  /**
   * Runs after what is running now.
   * @param question parts of one question, such as its pages, do not take each other's place
   * @throws HoldfastError `stopped` where another question came while this one waited
   */
  async run<T>(question: string, work: () => Promise<T>): Promise<T> {
    if (this.#running) {
      this.#drop((other) => other !== question);
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push({ question, start: resolve, drop: reject });
      });
    }
    this.#running = true;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      this.#running = next !== undefined;
      next?.start();
    }
  }

  /** What waits will not run. */
  drop(): void {
    this.#drop(() => true);
  }

  #drop(which: (question: string) => boolean): void {
    const dropped = this.#waiting.filter(({ question }) => which(question));
    this.#waiting = this.#waiting.filter(({ question }) => !which(question));
    for (const { drop } of dropped) drop(overtaken());
  }
}

function overtaken(): HoldfastError {
  return new HoldfastError('stopped', 'A newer question took the place of this one.', 'Nothing was changed.', {
    severity: 'notice',
  });
}
