export const SENTINEL: string;
export type FuseName =
  | 'runAsNode'
  | 'enableCookieEncryption'
  | 'enableNodeOptionsEnvironmentVariable'
  | 'enableNodeCliInspectArguments'
  | 'enableEmbeddedAsarIntegrityValidation'
  | 'onlyLoadAppFromAsar'
  | 'loadBrowserProcessSpecificV8Snapshot'
  | 'grantFileProtocolExtraPrivileges'
  | 'wasmTrapHandlers';
export const FUSE_NAMES: readonly FuseName[];
export const FUSES: Readonly<Record<FuseName, 'on' | 'off'>>;
export function readFuses(executable: Buffer): Record<string, string>[];
export function fuseProblems(file: string, wanted?: Readonly<Record<string, string>>): Promise<string[]>;
