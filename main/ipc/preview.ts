/** `preview`: what is in a file of a backup. */
import { sayLook } from '../jobs/look-words.ts';
import type { Previews } from '../jobs/previews.ts';
import type { Handlers } from './dispatch.ts';

export function previewHandlers(parts: { previews: Previews }): Handlers['preview'] {
  const { previews } = parts;
  return {
    open: async ({ snapshotId, entryId }) => {
      const opened = await previews.open(snapshotId, entryId);
      return { ...opened, look: sayLook(opened.look) };
    },
    text: async ({ id, from }) => await previews.text(id, from),
    page: async ({ id, page, width }) => await previews.page(id, page, width),
    messages: async ({ id, conversation, from, count }) => await previews.messages(id, conversation, from, count),
    days: async ({ id, conversation }) => await previews.days(id, conversation),
    find: async ({ id, conversation, query }) => await previews.find(id, conversation, query),
    attachment: async ({ id, ref }) => {
      const found = await previews.attachment(id, ref);
      return { ...found, look: sayLook(found.look) };
    },
    close: async ({ id }) => {
      if (id === null) previews.clear();
      else previews.close(id);
      return null;
    },
  };
}
