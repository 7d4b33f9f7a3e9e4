/** `drag`: files of a snapshot, out of the window. */
import type { DragOut } from '../jobs/drag-out.ts';
import type { Handlers } from './dispatch.ts';
import type { Desktop } from './services.ts';

export function dragHandlers(parts: { dragOut: DragOut; desktop: Pick<Desktop, 'dragFiles'> }): Handlers['drag'] {
  const { dragOut, desktop } = parts;
  return {
    prepare: async ({ snapshotId, entryIds }) => await dragOut.prepare(snapshotId, entryIds),
    start: async ({ id }) => {
      desktop.dragFiles(dragOut.files(id));
      return null;
    },
    clear: async () => {
      await dragOut.clear();
      return null;
    },
  };
}
