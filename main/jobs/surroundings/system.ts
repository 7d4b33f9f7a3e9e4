/** The surroundings of this computer, as its system tells them. */
import type { Surroundings } from '../schedule/surroundings.ts';
import { runProgram } from './command.ts';
import { linuxSurroundings } from './linux.ts';
import { macSurroundings } from './macos.ts';
import { windowsSurroundings } from './windows.ts';

export function systemSurroundings(platform: NodeJS.Platform = process.platform): Surroundings {
  if (platform === 'darwin') return macSurroundings(runProgram);
  if (platform === 'win32') return windowsSurroundings(runProgram);
  return linuxSurroundings(runProgram);
}
