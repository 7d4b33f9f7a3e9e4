/** The attributes of the system that this runs on. */
import { linuxAttributes } from './linux.ts';
import { macosAttributes } from './macos.ts';
import { NO_ATTRIBUTES, type PlatformAttributes } from './platform.ts';
import { windowsAttributes } from './windows.ts';

let own: PlatformAttributes | undefined;

export function platformAttributes(): PlatformAttributes {
  own ??= of(process.platform);
  return own;
}

function of(platform: NodeJS.Platform): PlatformAttributes {
  switch (platform) {
    case 'linux':
      return linuxAttributes();
    case 'darwin':
      return macosAttributes();
    case 'win32':
      return windowsAttributes();
    default:
      return NO_ATTRIBUTES;
  }
}
