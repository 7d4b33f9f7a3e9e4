import type { KeyObject } from 'node:crypto';
import type { Release } from '../main/app/updates/manifest.ts';

export function readKey(pem: string): KeyObject;
export function publicText(privateKey: KeyObject): string;
export function signatures(bytes: Uint8Array, keys: readonly KeyObject[]): string;
export function signRelease(options: {
  folder: string;
  channel: 'stable' | 'beta';
  version: string;
  minimum: string;
  rollout: number;
  notes: string;
  at?: string;
  keys: readonly KeyObject[];
  issued?: Date;
}): Promise<Release>;
