/**
 * Everything that crosses between the renderer and the main process: one list of methods and one of events. The zod
 * schemas give the types, the validators on both sides, and the object that the preload script exposes. Nothing here
 * imports from the rest of the project; folders of this computer never cross as free strings from the renderer, only
 * as capability ids (`cap`) that main gave out for a choice made in a native dialog or for a place it suggested.
 */
import type { z } from 'zod';
import { appMethods, settingsMethods, AppState } from './contract/app.ts';
import { alarmsMethods, backgroundMethods, OpenAt } from './contract/background.ts';
import { browseMethods } from './contract/browse.ts';
import { careMethods, keyringMethods } from './contract/care.ts';
import { destinationsMethods } from './contract/destinations.ts';
import { dragMethods } from './contract/drag.ts';
import { excludesMethods } from './contract/excludes.ts';
import { faultsMethods } from './contract/faults.ts';
import { Looking, lookMethods } from './contract/look.ts';
import { plansMethods } from './contract/plans.ts';
import { previewMethods } from './contract/preview.ts';
import { restoreMethods } from './contract/restore.ts';
import { backupMethods, activityMethods, verifyMethods } from './contract/runs.ts';
import { setupMethods, Measure } from './contract/setup.ts';
import { transferMethods } from './contract/transfer.ts';
import { updatesMethods } from './contract/updates.ts';
import { keysMethods, vaultMethods } from './contract/vault.ts';
import type { ErrorInfo } from './contract/parts.ts';

export * from './contract/app.ts';
export * from './contract/background.ts';
export * from './contract/bandwidth.ts';
export * from './contract/browse.ts';
export * from './contract/care.ts';
export * from './contract/destinations.ts';
export * from './contract/excludes.ts';
export * from './contract/faults.ts';
export * from './contract/look.ts';
export * from './contract/plans.ts';
export * from './contract/preview.ts';
export * from './contract/restore.ts';
export * from './contract/runs.ts';
export * from './contract/setup.ts';
export * from './contract/transfer.ts';
export * from './contract/updates.ts';
export * from './contract/vault.ts';
export * from './contract/when.ts';
export { ErrorInfo, Place, Row } from './contract/parts.ts';

export const methods = {
  app: appMethods,
  setup: setupMethods,
  destinations: destinationsMethods,
  keys: keysMethods,
  vault: vaultMethods,
  backup: backupMethods,
  browse: browseMethods,
  look: lookMethods,
  drag: dragMethods,
  preview: previewMethods,
  restore: restoreMethods,
  activity: activityMethods,
  verify: verifyMethods,
  care: careMethods,
  keyring: keyringMethods,
  plans: plansMethods,
  settings: settingsMethods,
  excludes: excludesMethods,
  background: backgroundMethods,
  alarms: alarmsMethods,
  transfer: transferMethods,
  updates: updatesMethods,
  faults: faultsMethods,
} as const;

export const events = {
  /** The whole state, sent whenever it changes, at most 10 times a second. */
  state: AppState,
  measure: Measure,
  /** At most ten times a second while something long goes on in `look`. */
  looking: Looking,
  /** Something outside the page leads to a place in it. */
  open: OpenAt,
} as const;

export type Methods = typeof methods;
export type Events = typeof events;

/** What every call gives back: contextBridge would strip a thrown error of its fields. */
export type Result<T> = { ok: true; value: T } | { ok: false; error: ErrorInfo };

/** `window.holdfast`, as the preload script exposes it. */
export type Bridge = {
  [G in keyof Methods]: {
    [M in keyof Methods[G]]: Methods[G][M] extends {
      input: infer I extends z.ZodType;
      output: infer O extends z.ZodType;
    }
      ? I extends z.ZodNull
        ? () => Promise<Result<z.output<O>>>
        : (input: z.input<I>) => Promise<Result<z.output<O>>>
      : never;
  };
} & {
  on<E extends keyof Events>(event: E, listener: (payload: z.output<Events[E]>) => void): () => void;
};
