/** Folders of sync services that are set up on this computer. */
import type { SyncService } from '../spec.ts';

export async function findSynced(): Promise<{ service: SyncService; name: string; path: string }[]> {
  return [];
}
