import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { EVENTS, METHODS, methodChannel } from '../../preload/channels.ts';
import { events, methods } from '../../preload/contract.ts';

describe('the preload script', () => {
  it('names exactly the contract’s methods and events', () => {
    const contract = Object.fromEntries(Object.entries(methods).map(([group, names]) => [group, Object.keys(names)]));
    expect(METHODS).toEqual(contract);
    expect(EVENTS).toEqual(Object.keys(events));
  });

  it('has a channel of its own for every method', () => {
    const channels = Object.entries(METHODS).flatMap(([group, names]) =>
      names.map((name) => methodChannel(group, name)),
    );
    expect(new Set(channels).size).toBe(channels.length);
  });

  it('is small: no validator, nothing but Electron’s two modules', async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: ['preload/preload.ts'],
      bundle: true,
      write: false,
      metafile: true,
      format: 'cjs',
      platform: 'node',
      external: ['electron'],
    });
    expect(Object.keys(metafile.inputs).sort()).toEqual(['preload/channels.ts', 'preload/preload.ts']);
    expect(outputFiles[0]?.contents.length).toBeLessThan(8_000);
    const source = await readFile('preload/preload.ts', 'utf8');
    expect(source).toMatch(/import \{ contextBridge, ipcRenderer, type IpcRendererEvent \} from 'electron'/);
  });
});
