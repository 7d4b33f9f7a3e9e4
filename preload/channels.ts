/**
 * Names of every method and event of the contract, without its schemas: the preload script is small and holds no
 * validator, because main checks whatever arrives. The types make this list fail to compile if it misses a name or has
 * one too many.
 */
import type { Events, Methods } from './contract.ts';

export const METHODS = {
  app: ['getState', 'openLicence', 'licences', 'reportActivity'],
  setup: [
    'suggestDestination',
    'newKey',
    'revealKey',
    'hideKey',
    'copyKey',
    'saveKit',
    'printKit',
    'challenge',
    'proveKey',
    'unlockExisting',
    'existingVault',
    'unlockExistingWithPassword',
    'existingComputers',
    'suggestSources',
    'chooseSource',
    'listFolder',
    'measure',
    'defaultExcludes',
    'finish',
  ],
  destinations: [
    'offers',
    'chooseFolder',
    'syncedFolder',
    'googleSignIn',
    'googleOpenAgain',
    'googleCopyLink',
    'googleCancel',
    'googleFolders',
    'googlePlace',
    's3',
    'webDavCertificate',
    'webDav',
    'sftpHostKey',
    'chooseKeyFile',
    'sftp',
    'test',
    'add',
    'remove',
    'catchUp',
    'rename',
    'setLimits',
    'renewSecret',
    'show',
  ],
  keys: ['unlock', 'unlockWithPassword', 'lock', 'test'],
  vault: [
    'prove',
    'suggestPassword',
    'choosePassword',
    'repeatPassword',
    'dropPassword',
    'register',
    'changePassword',
    'turnOff',
    'refresh',
    'markSeen',
    'clearFailures',
    'freeze',
    'unfreeze',
    'sessions',
    'revokeSession',
    'revokeDevice',
  ],
  backup: ['start', 'pause', 'resume', 'cancel'],
  browse: ['snapshots', 'list'],
  look: ['search', 'versions', 'onDisk', 'compare', 'compared', 'comparedIds', 'leaveComparison', 'sizes'],
  drag: ['prepare', 'start', 'clear'],
  preview: ['open', 'text', 'page', 'messages', 'days', 'find', 'attachment', 'close'],
  restore: [
    'connect',
    'chooseTarget',
    'suggestTarget',
    'plan',
    'start',
    'pause',
    'resume',
    'cancel',
    'report',
    'saveReport',
    'showInFolder',
  ],
  activity: ['runs', 'run', 'copyText', 'showItem', 'openAccess'],
  verify: ['start', 'cancel'],
  care: ['preview', 'setKeep', 'pin', 'freePlan', 'free', 'prove', 'setAutomatic', 'cancel', 'practiceLater'],
  keyring: [
    'computers',
    'retire',
    'adopt',
    'startAnew',
    'renew',
    'beginChange',
    'dropChange',
    'change',
    'finishChange',
  ],
  plans: ['add', 'change', 'addSource', 'removeSource', 'remove', 'backUp'],
  settings: ['set', 'addSource', 'removeSource', 'setWhen', 'surroundings', 'setBandwidth', 'setExcludes'],
  excludes: ['open', 'readAs', 'save'],
  background: ['set', 'opening'],
  alarms: ['set', 'setEmail', 'remove', 'test'],
  transfer: ['saveConfiguration', 'saveLog', 'openConfiguration', 'applyConfiguration'],
  updates: ['check', 'setChannel', 'setAutomatic', 'restart'],
  faults: ['list', 'text', 'copy', 'save', 'show', 'removeAll', 'report'],
} as const satisfies { [G in keyof Methods]: readonly (keyof Methods[G])[] };

export const EVENTS = ['state', 'measure', 'looking', 'open'] as const satisfies readonly (keyof Events)[];

type Missing = {
  [G in keyof Methods]: Exclude<keyof Methods[G], (typeof METHODS)[G][number]>;
}[keyof Methods];
type MissingEvent = Exclude<keyof Events, (typeof EVENTS)[number]>;
/** `never` while every name of the contract is listed; anything else does not compile. */
export const EVERY_NAME_IS_LISTED: [Missing, MissingEvent] extends [never, never] ? true : never = true;

/** The ipc channel of a method. */
export function methodChannel(group: string, method: string): string {
  return `holdfast:${group}:${method}`;
}

/** The ipc channel of an event. */
export function eventChannel(event: string): string {
  return `holdfast:on:${event}`;
}
