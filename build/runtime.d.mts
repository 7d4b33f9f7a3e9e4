/** An unpacked Electron, as set-up leaves it. */
export interface Runtime {
  /** `development`: repacked by a third party, never shipped. */
  kind: 'official' | 'development';
  version: string;
  /** Folder with the executable; what ELECTRON_OVERRIDE_DIST_PATH and electron-builder's electronDist take. */
  folder: string;
  executable: string;
  /** Of the archive it was unpacked from: SHA-256 in hex (official), null for a development runtime. */
  sha256: string | null;
}
export const runtimeStamp: string;
export function pinnedRuntime(): { version: string; archive: string; sha256: string | undefined };
export function readRuntime(): Runtime;
export function isOfficialRuntime(runtime: Runtime): boolean;
export function requireOfficialRuntime(): Runtime;
