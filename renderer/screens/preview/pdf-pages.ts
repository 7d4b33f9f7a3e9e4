/** Pages of the open document as they look, one drawn at a time: those that were asked for last come first. */
import { useEffect, useMemo, useState, type RefObject } from 'react';
import { api, toUserError } from '../../state/bridge.ts';

/** Does one thing at a time, the newest first; what is no longer wanted is left out. */
export class NewestFirst {
  readonly #waiting: (() => Promise<void>)[] = [];
  #busy = false;

  /** @param work never rejects. The function returned takes it out again, if it has not begun */
  add(work: () => Promise<void>): () => void {
    this.#waiting.push(work);
    void this.#go();
    return () => {
      const at = this.#waiting.indexOf(work);
      if (at !== -1) this.#waiting.splice(at, 1);
    };
  }

  async #go(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    // A moment, so that of several that are asked for together the newest is first.
    await Promise.resolve();
    for (let work = this.#waiting.pop(); work !== undefined; work = this.#waiting.pop()) await work();
    this.#busy = false;
  }
}

export function useNewestFirst(): NewestFirst {
  return useMemo(() => new NewestFirst(), []);
}

export type Drawn = { readonly text: string } | { readonly why: string } | null;

/**
 * Draws a page into a canvas, again when its width changes; null while it is not drawn.
 * @param width pixels of the screen
 */
export function useDrawnPage(
  canvas: RefObject<HTMLCanvasElement | null>,
  turn: NewestFirst,
  { id, page, width }: { id: string; page: number; width: number },
): Drawn {
  const [drawn, setDrawn] = useState<Drawn>(null);
  useEffect(() => {
    if (width === 0) return undefined;
    let here = true;
    const leave = turn.add(async () => {
      try {
        const { width: columns, height: rows, pixels, text } = await api.preview.page({ id, page, width });
        const target = canvas.current;
        if (!here || target === null) return;
        target.width = columns;
        target.height = rows;
        const shown = new ImageData(
          new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.length),
          columns,
          rows,
        );
        target.getContext('2d')?.putImageData(shown, 0, 0);
        setDrawn({ text });
      } catch (thrown) {
        if (here) setDrawn({ why: toUserError(thrown).message });
      }
    });
    return () => {
      here = false;
      leave();
    };
  }, [canvas, id, page, turn, width]);
  return drawn;
}
