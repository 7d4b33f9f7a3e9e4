/** The pictures that the program itself shows: the tray's, and the window's where the system takes it from the program. */
import { cp, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../tools.mjs';

const APP = 'build/icons/app/256x256.png';

export const iconsJob = {
  name: 'icons',
  outputs: ['icons/app.png'],
  async run() {
    const to = path.join(root, 'dist', 'icons');
    const tray = (await readdir(path.join(root, 'build/icons/tray'))).sort();
    await mkdir(path.join(to, 'tray'), { recursive: true });
    await cp(path.join(root, APP), path.join(to, 'app.png'));
    for (const name of tray) await cp(path.join(root, 'build/icons/tray', name), path.join(to, 'tray', name));
    return {
      files: [APP, ...tray.map((name) => `build/icons/tray/${name}`)],
      outputs: ['icons/app.png', ...tray.map((name) => `icons/tray/${name}`)],
    };
  },
};
