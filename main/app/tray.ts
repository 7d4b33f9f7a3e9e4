/** The icon in the tray or menu bar: shows what the model says, and hands on what is chosen there. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Menu, type MenuItemConstructorOptions, type NativeImage, nativeImage, Tray } from 'electron';
import type { AppState } from '../ipc/services.ts';
import { trayFiles, type TrayState } from './tray-icon.ts';
import type { TrayAction, TrayItem, TrayModel } from './tray-menu.ts';

export interface TrayParts {
  /** Folder of the pictures. */
  folder: string;
  platform: AppState['platform'];
  /** @param plan id of the one that is to back up; all where it is missing */
  act: (action: TrayAction, plan?: string) => void;
}

export class SystemTray {
  readonly #parts: TrayParts;
  #tray: Tray | null = null;
  /** What is shown, to leave alone what stays the same. */
  #shown: { icon: TrayState; tooltip: string; items: string } | null = null;

  constructor(parts: TrayParts) {
    this.#parts = parts;
  }

  show({ icon, tooltip, items }: TrayModel): void {
    const tray = (this.#tray ??= this.#make(icon));
    const menu = JSON.stringify(items);
    if (this.#shown?.icon !== icon) tray.setImage(this.#image(icon));
    if (this.#shown?.tooltip !== tooltip) tray.setToolTip(tooltip);
    if (this.#shown?.items !== menu)
      tray.setContextMenu(Menu.buildFromTemplate(items.map((item) => this.#entry(item))));
    this.#shown = { icon, tooltip, items: menu };
  }

  #make(icon: TrayState): Tray {
    const tray = new Tray(this.#image(icon));
    // On macOS a click opens the menu, as with everything in its menu bar.
    if (this.#parts.platform !== 'darwin') tray.on('click', () => this.#parts.act('open'));
    return tray;
  }

  #image(state: TrayState): NativeImage {
    const { folder, platform } = this.#parts;
    const files = trayFiles(state, platform);
    const [first] = files;
    // macOS reads what a picture is for, and its sharper twin, from the name.
    if (platform === 'darwin' && first !== undefined) return nativeImage.createFromPath(path.join(folder, first.file));
    const image = nativeImage.createEmpty();
    for (const { file, scaleFactor } of files) {
      image.addRepresentation({ scaleFactor, buffer: readFileSync(path.join(folder, file)) });
    }
    return image;
  }

  #entry(item: TrayItem): MenuItemConstructorOptions {
    switch (item.kind) {
      case 'text':
        return { label: menuText(item.label), enabled: false };
      case 'separator':
        return { type: 'separator' };
      case 'menu':
        return { label: item.label, submenu: item.items.map((inner) => this.#entry(inner)) };
      case 'action':
        return {
          label: menuText(item.label),
          enabled: item.enabled,
          click: () => this.#parts.act(item.action, item.plan),
        };
    }
  }
}

/** In a menu `&` marks a key on Windows and Linux; names of places may hold one. */
function menuText(label: string): string {
  return process.platform === 'darwin' ? label : label.replaceAll('&', '&&');
}
