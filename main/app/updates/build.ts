/**
 * What the build brings along for updates. A build for production has these values from the environment that it was
 * made in, as constants (build/bundle/code.mjs); the environment it runs in changes nothing.
 */
import { MAX_KEYS, releaseKey, type ReleaseKey } from './manifest.ts';

export interface UpdateBuild {
  /** Folder of the channels' files; null where the build has none, and looks for no updates. */
  readonly url: string | null;
  readonly keys: readonly ReleaseKey[];
  /** Whose signature of the system a program must carry on Windows; null where none was named. */
  readonly publisher: string | null;
  /** A build for development: it may ask a server of this computer in the clear. */
  readonly development: boolean;
}

export function updateBuild(): UpdateBuild {
  const url = process.env.HOLDFAST_UPDATE_URL ?? '';
  const keys = (process.env.HOLDFAST_UPDATE_KEYS ?? '').split(',').filter((key) => key !== '');
  return {
    url: url === '' ? null : url.endsWith('/') ? url : `${url}/`,
    keys: keys.slice(0, MAX_KEYS).flatMap(known),
    publisher: process.env.HOLDFAST_WINDOWS_PUBLISHER || null,
    development: process.env.NODE_ENV !== 'production',
  };
}

/** A word that is no key is none: better no updates than a program that does not start. */
function known(text: string): ReleaseKey[] {
  try {
    return [releaseKey(text)];
  } catch {
    return [];
  }
}
