interface LockedPackage {
  version?: string;
  integrity?: string;
  dev?: boolean;
  optional?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
export interface Lock {
  name: string;
  version: string;
  lockfileVersion: number;
  packages: Record<string, LockedPackage>;
}

export const VAULT_LOADS: readonly string[];
export function vaultPackage(lock: Lock, version: string): { dependencies: Record<string, string> };
export function vaultLock(lock: Lock, version: string): Lock;
