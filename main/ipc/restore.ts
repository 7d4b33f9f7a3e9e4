/** `restore`: from connecting to the report. */
import path from 'node:path';
import type { Connection } from '../jobs/connection.ts';
import type { Destinations } from '../jobs/destinations.ts';
import type { Restores } from '../jobs/restores.ts';
import { reportText } from '../jobs/run-text.ts';
import type { VaultLocator } from '../jobs/ports.ts';
import type { JobRunner } from '../jobs/runner.ts';
import type { Capabilities } from './capabilities.ts';
import { writeChosen } from './chosen-file.ts';
import type { Handlers } from './dispatch.ts';
import type { Drafts } from './drafts.ts';
import { nearest } from './nearest.ts';
import type { Desktop, Dialogs, StateSource, VaultIdentity } from './services.ts';
import { restoreReport } from './shapes.ts';
import { phrase } from '../text.ts';
import { say } from '../words/say.ts';

export interface RestoreParts {
  restores: Restores;
  runner: JobRunner;
  connection: Connection;
  destinations: Pick<Destinations, 'specOf'>;
  drafts: Drafts;
  capabilities: Capabilities;
  dialogs: Dialogs;
  desktop: Desktop;
  state: StateSource;
  /** A vault that a repository names, for showing. */
  identity: (vault: VaultLocator) => VaultIdentity;
}

export function restoreHandlers(parts: RestoreParts): Handlers['restore'] {
  const { restores, runner, capabilities, dialogs, desktop } = parts;
  return {
    connect: async ({ cap }) => {
      const facts = await parts.connection.visit(parts.destinations.specOf(parts.drafts.take(cap)));
      await parts.state.refresh();
      const vault = facts.vault === null ? null : parts.identity(facts.vault);
      return { place: parts.drafts.draft(cap), repoId: facts.repoId, computers: facts.clients.length, vault };
    },
    chooseTarget: async () => {
      const folder = await dialogs.chooseFolder(say('Where should your files go?'), say('Restore here'));
      return folder === null ? null : capabilities.place(folder);
    },
    suggestTarget: async () => capabilities.place(path.join(desktop.home, say('Restored files'))),
    plan: async ({ snapshotId, entryIds, target, conflict }) =>
      restorePlan(
        await restores.plan({
          snapshotId,
          entryPaths: entryIds,
          target: target.kind === 'original' ? target : { kind: 'folder', path: capabilities.path(target.cap) },
          conflict,
        }),
      ),
    start: async ({ planId }) => ({ runId: restores.start(planId) }),
    pause: async () => {
      runner.pause('restore', null);
      return null;
    },
    resume: async () => {
      runner.resume('restore');
      return null;
    },
    cancel: async () => {
      await runner.stop('restore');
      return null;
    },
    report: async ({ runId }) => restoreReport(restores.report(runId)),
    saveReport: async ({ runId }) => {
      const text = reportText(restores.report(runId));
      const file = await dialogs.saveFile(say('Save the report'), `${say('Holdfast restore report')}.txt`, {
        name: say('Text'),
        extension: 'txt',
      });
      if (file === null) return null;
      await writeChosen(file, text, {
        message: phrase('Holdfast could not save the report there.'),
        guidance: phrase('Choose another folder. The restored files are not affected.'),
      });
      return { path: file };
    },
    showInFolder: async ({ runId }) => {
      desktop.showInFolder(await nearest(restores.placeOf(runId) ?? desktop.home));
      return null;
    },
  };
}

type Plan = Awaited<ReturnType<Restores['plan']>>;

function restorePlan({ folders: _folders, others: _others, ...plan }: Plan): Omit<Plan, 'folders' | 'others'> {
  return plan;
}
