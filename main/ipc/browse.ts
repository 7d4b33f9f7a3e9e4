/** `browse`: snapshots and what is in them. */
import type { Browse } from '../jobs/browse.ts';
import type { ConfigStore } from '../jobs/config.ts';
import { plansOf } from '../jobs/plans.ts';
import type { Handlers } from './dispatch.ts';
import { entry, snapshotInfo } from './shapes.ts';

export function browseHandlers(parts: { browse: Browse; config: ConfigStore }): Handlers['browse'] {
  return {
    snapshots: async () => {
      const plans = plansOf(parts.config.value);
      const own = plans.map(({ clientId }) => clientId);
      return (await parts.browse.snapshots()).map((facts) => {
        const info = snapshotInfo(facts, own);
        const plan = plans.length > 1 ? plans.find(({ clientId }) => clientId === facts.clientId) : undefined;
        return plan === undefined ? info : { ...info, computer: `${info.computer}: ${plan.name}` };
      });
    },
    list: async ({ snapshotId, folderId, sort, descending, offset, limit }) => {
      const folder = folderId ?? '';
      const page = await parts.browse.list(snapshotId, folder, { sort, descending }, { offset, limit });
      return { ...page, entries: page.entries.map((facts) => entry(facts, folder)) };
    },
  };
}
