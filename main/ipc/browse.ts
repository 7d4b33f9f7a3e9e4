/** `browse`: snapshots and what is in them. */
import type { Browse } from '../jobs/browse.ts';
import type { ConfigStore } from '../jobs/config.ts';
import { clientsOf } from '../jobs/plans.ts';
import type { Handlers } from './dispatch.ts';
import { entry, snapshotInfo } from './shapes.ts';

export function browseHandlers(parts: { browse: Browse; config: ConfigStore }): Handlers['browse'] {
  return {
    snapshots: async () => {
      const own = clientsOf(parts.config.value);
      return (await parts.browse.snapshots()).map((facts) => snapshotInfo(facts, own));
    },
    list: async ({ snapshotId, folderId, sort, descending, offset, limit }) => {
      const folder = folderId ?? '';
      const page = await parts.browse.list(snapshotId, folder, { sort, descending }, { offset, limit });
      return { ...page, entries: page.entries.map((facts) => entry(facts, folder)) };
    },
  };
}
