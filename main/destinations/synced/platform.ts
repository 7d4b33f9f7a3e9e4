/** How a system tells that a file's bytes are in the cloud only, and how they are asked for. Tests pass their own. */
import { execFile } from 'node:child_process';
import type { Stats } from 'node:fs';
import { createRequire } from 'node:module';

export interface SyncPlatform {
  /** True where reading the file would bring its bytes from the cloud first. */
  isEvicted(file: string, found: Pick<Stats, 'size' | 'blocks'>): boolean;
  /** Asks for the bytes of a file of which only a placeholder is there. Does not wait for them, and never rejects. */
  request(file: string): Promise<void>;
}

/** Windows: the bytes are elsewhere, or come when the file is opened or read (winnt.h, FILE_ATTRIBUTE_…). */
const OFFLINE = 0x1000;
const RECALL_ON_OPEN = 0x40000;
const RECALL_ON_DATA_ACCESS = 0x400000;
const INVALID_ATTRIBUTES = 0xffffffff;

/** Such files have their size and no blocks on the disk: dataless ones of macOS (APFS), online-only ones elsewhere. */
const hasNoBlocks: SyncPlatform['isEvicted'] = (_file, { size, blocks }) => size > 0 && blocks === 0;

export function syncPlatform(platform: NodeJS.Platform = process.platform): SyncPlatform {
  switch (platform) {
    case 'darwin':
      return { isEvicted: hasNoBlocks, request: download };
    case 'win32':
      return { isEvicted: byAttributes(loadAttributes()), request: async () => undefined };
    default:
      return { isEvicted: hasNoBlocks, request: async () => undefined };
  }
}

/** @param attributesOf null where the system's call cannot be made */
export function byAttributes(attributesOf: ((file: string) => number) | null): SyncPlatform['isEvicted'] {
  return (file, found) => {
    const attributes = attributesOf?.(file) ?? INVALID_ATTRIBUTES;
    if (attributes === INVALID_ATTRIBUTES) return hasNoBlocks(file, found);
    return (attributes & (OFFLINE | RECALL_ON_OPEN | RECALL_ON_DATA_ACCESS)) !== 0;
  };
}

/** GetFileAttributesW by way of koffi, which is an optional package. */
function loadAttributes(): ((file: string) => number) | null {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as {
      load(library: string): { func(prototype: string): (...args: unknown[]) => number };
    };
    return koffi.load('kernel32.dll').func('uint32_t __stdcall GetFileAttributesW(str16 file)');
  } catch {
    return null;
  }
}

/** The system's own tool for iCloud; what it says is of no use, the file comes or does not. */
async function download(file: string): Promise<void> {
  await new Promise<void>((resolve) => execFile('/usr/bin/brctl', ['download', file], () => resolve()));
}
