/** Everything that a picture is taken of. */
import type { Scene } from '../scene.ts';
import { BROWSE } from './browse.ts';
import { CARE } from './care.ts';
import { GALLERY } from './gallery.ts';
import { HOME } from './home.ts';
import { SETUP } from './setup.ts';

export const SCENES: readonly Scene[] = [...GALLERY, ...SETUP, ...HOME, ...BROWSE, ...CARE];
