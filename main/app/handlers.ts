/** Every method of the contract, connected to the services. */
import path from 'node:path';
import type { BrowserWindow } from 'electron';
import { folderOf } from '../destinations/spec.ts';
import { activityHandlers } from '../ipc/activity.ts';
import { alarmsHandlers } from '../ipc/alarms.ts';
import { appHandlers } from '../ipc/app.ts';
import { backgroundHandlers } from '../ipc/background.ts';
import { backupHandlers } from '../ipc/backup.ts';
import { browseHandlers } from '../ipc/browse.ts';
import { careHandlers } from '../ipc/care.ts';
import { destinationHandlers } from '../ipc/destinations.ts';
import { nativeDialogs } from '../ipc/dialogs.ts';
import type { Handlers } from '../ipc/dispatch.ts';
import { excludesHandlers } from '../ipc/excludes.ts';
import { faultsHandlers } from '../ipc/faults.ts';
import { keyringHandlers } from '../ipc/keyring.ts';
import { keysHandlers } from '../ipc/keys.ts';
import { lookHandlers } from '../ipc/look.ts';
import { sendEvent } from '../ipc/register.ts';
import { plansHandlers } from '../ipc/plans.ts';
import { dragHandlers } from '../ipc/drag.ts';
import { previewHandlers } from '../ipc/preview.ts';
import { restoreHandlers } from '../ipc/restore.ts';
import type { Desktop, OpenAt } from '../ipc/services.ts';
import { settingsHandlers } from '../ipc/settings.ts';
import { setupHandlers } from '../ipc/setup.ts';
import { transferHandlers } from '../ipc/transfer.ts';
import { updatesHandlers } from '../ipc/updates.ts';
import { vaultHandlers } from '../ipc/vault.ts';
import { verifyHandlers } from '../ipc/verify.ts';
import { Measures } from '../jobs/measures.ts';
import { plansOf } from '../jobs/plans.ts';
import type { Services } from './services.ts';
import { readLicences } from './licences.ts';
import { identityOf } from './vault/owner.ts';

export interface HandlerParts {
  services: Services;
  desktop: Desktop;
  window: () => BrowserWindow | null;
  /** What the window was opened for, told once. */
  opening: () => OpenAt | null;
  /** Folder with the built scripts. */
  scripts: string;
  report: (what: string) => void;
}

export function makeHandlers({ services, desktop, window, opening, scripts, report }: HandlerParts): Handlers {
  const dialogs = nativeDialogs(window, desktop.home);
  const measures = new Measures((id, cap, count) => {
    sendEvent(window()?.webContents ?? null, 'measure', { id, cap, ...count });
  });
  const common = { ...services, desktop, dialogs };
  return {
    app: appHandlers({ ...common, licences: async () => await readLicences(scripts) }),
    setup: setupHandlers({
      ...common,
      measures,
      planned: () => {
        const plan = services.config.value.plan;
        const folders = (plan?.destinations ?? []).flatMap(({ place }) => folderOf(place) ?? []);
        return { folders, sources: plansOf(services.config.value).flatMap(({ sources }) => sources) };
      },
      restoreProgram: path.join(scripts, 'restore.mjs'),
      report: (error) => report(`measuring: ${String(error)}`),
    }),
    destinations: destinationHandlers({
      ...common,
      sources: () => {
        const plans = plansOf(services.config.value);
        return plans.length === 0 ? [desktop.home] : plans.flatMap(({ sources }) => sources);
      },
    }),
    keys: keysHandlers(common),
    backup: backupHandlers(common),
    browse: browseHandlers(common),
    look: lookHandlers(common),
    drag: dragHandlers(common),
    preview: previewHandlers(common),
    vault: vaultHandlers({ vault: services.vaultRequests }),
    restore: restoreHandlers({ ...common, identity: identityOf }),
    activity: activityHandlers(common),
    verify: verifyHandlers(common),
    care: careHandlers(common),
    keyring: keyringHandlers(common),
    plans: plansHandlers(common),
    settings: settingsHandlers(common),
    excludes: excludesHandlers(common),
    background: backgroundHandlers({ ...common, opening }),
    alarms: alarmsHandlers(common),
    transfer: transferHandlers(common),
    updates: updatesHandlers(common),
    faults: faultsHandlers(common),
  };
}
