/** `drag`: files and folders of a snapshot, dragged out of the window to wherever the system takes files. */
import { z } from 'zod';
import { Bytes, Nothing, Ok, method } from './parts.ts';

const DragId = z.string().regex(/^[0-9a-f]{24}$/);

export const dragMethods = {
  /** Restores what is to be dragged into a private folder, up to 256 MB; what was ready before is gone. */
  prepare: method(
    z.object({ snapshotId: z.string().max(64), entryIds: z.array(z.string().max(1_000_000)).max(2_000) }),
    z.object({ id: DragId, items: z.number().int().positive(), bytes: Bytes }),
  ),
  /** Hands what is ready to the system's drag and drop; to be called while the button is held down. */
  start: method(z.object({ id: DragId }), Ok),
  /** Ends what is being prepared, and removes what is ready. */
  clear: method(Nothing, Ok),
} as const;
