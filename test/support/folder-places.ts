/**
 * Repositories that are folders of this computer, a disk's or one that is synchronised, on a disk that fails at a chosen
 * call. Each run is a process of its own (folder-fault.cjs): every thread of it calls the file system itself.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import type { DestinationSpec } from '../../main/destinations/spec.ts';
import { HoldfastError } from '../../main/errors.ts';
import { runVerb } from './crash-child.ts';
import type { RemoteKind, RemotePlace } from './remote-places.ts';

const PRELOAD = fileURLToPath(new URL('folder-fault.cjs', import.meta.url));

export const FOLDER_KINDS: RemoteKind[] = [
  folderKind('Local folder', (at) => ({ kind: 'local', path: at })),
  folderKind('Synced folder', (at, scratch) => ({ kind: 'synced', path: at, service: 'icloud', scratch })),
];

function folderKind(name: string, specOf: (at: string, scratch: string) => DestinationSpec): RemoteKind {
  return {
    name,
    missing: process.platform === 'win32' ? 'paths of this system are told otherwise' : null,
    troubles: ['before', 'after', 'short'],
    // Nobody knows whether a disk that fails once will be well again. What gives or takes less is asked again.
    temporary: ['short'],
    stallMs: 0,
    start: async () => start(specOf),
  };
}

function start(specOf: (at: string, scratch: string) => DestinationSpec): RemotePlace {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-folder-'));
  const at = path.join(folder, 'disk', 'repository');
  const kept = path.join(folder, 'kept');
  mkdirSync(at, { recursive: true });
  mkdirSync(path.join(folder, 'scratch'));
  const copy = (from: string, to: string): void => {
    rmSync(to, { recursive: true, force: true });
    cpSync(from, to, { recursive: true, preserveTimestamps: true });
  };
  return {
    folder,
    spec: () => specOf(at, path.join(folder, 'scratch')),
    fail: async () => ({ requests: 0, troubled: '', asked: [], doubled: [] }),
    keep: async () => copy(at, kept),
    putBack: async () => copy(kept, at),
    asFolder: async () => ({ path: at, doubled: [] }),
    stop: async () => rmSync(folder, { recursive: true, force: true }),
    run: async (verb, input, { trouble, at: number }) => {
      const log = path.join(folder, 'failed-calls');
      writeFileSync(log, '');
      vi.stubEnv('FOLDER_FAULT', JSON.stringify({ folder: at, at: number, trouble, log }));
      vi.stubEnv('NODE_OPTIONS', `--require ${PRELOAD}`);
      const { lines, stderr } = await runVerb(verb, input, { kind: 'never' });
      vi.unstubAllEnvs();
      const last = lines.at(-1);
      const [troubled = ''] = readFileSync(log, 'utf8').split('\n');
      if (last?.['type'] === 'result') return { error: null, output: last, troubled };
      if (last?.['type'] !== 'error') return { error: new Error(`the process ended: ${stderr}`), output: {}, troubled };
      const { code, message, guidance, detail } = last as unknown as HoldfastError;
      return { error: new HoldfastError(code, message, guidance, { detail: detail ?? '' }), output: {}, troubled };
    },
  };
}
