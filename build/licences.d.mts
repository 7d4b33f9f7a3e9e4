export interface ShippedPackage {
  name: string;
  version: string;
  /** As the lock file has it. */
  says: string | null;
  /** Its folder in the checkout; not there where it is for another system. */
  at: string;
}

export interface Licences {
  packages: { name: string; version: string; licence: string; text: number }[];
  texts: string[];
}

interface LockedPackage {
  version?: string;
  license?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

interface Lock {
  packages: Record<string, LockedPackage>;
}

export const ALLOWED: ReadonlySet<string>;
export const EXPLAINED: Readonly<Record<string, { says: string; is: string; why: string }>>;
export function shippedPackages(lock: Lock): ShippedPackage[];
/** @throws Error where the licence is not on the list */
export function licenceOf(one: ShippedPackage): string;
/** @throws Error where a licence is not on the list */
export function collectLicences(): Licences;
export function noticeText(licences: Licences): string;
