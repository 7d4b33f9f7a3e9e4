/** Loads the file of a release and puts it in the place of this program, by electron-updater. */
import { execFile } from 'node:child_process';
import { HoldfastError } from '../../errors.ts';
import type { HandedParts, HandedUpdater } from './handed.ts';
import { KeptProgram } from './kept-program.ts';
import type { Release, ReleaseFile } from './manifest.ts';
import { RefusedFile, refuseOther } from './refuse-other.ts';

const TRY_WITHIN_MS = 30_000;

export interface Installer {
  /**
   * Loads a file of a release that was proven genuine; what is there already, and whole, is not loaded again.
   * @param folder URL of the folder in which it lies
   * @param onShare told how much of it is there, 0 to 1
   * @throws HoldfastError `update-refused` where what came is not that file, `update-failed`
   */
  load(release: Release, file: ReleaseFile, folder: string, onShare: (share: number) => void): Promise<void>;
  /**
   * Puts what was loaded in the place of this program, which must end right after.
   * @param restart the new one is to start then
   * @returns who starts the new one, if it is to start
   * @throws HoldfastError `update-refused` where the file changed since it was loaded, `update-failed`
   */
  install(restart: boolean): Promise<Installed>;
}

/**
 * `program`: whoever called starts it once this one has ended. `system`: it ends this program and starts the new one.
 * `nobody`: nothing is left to do but to end.
 */
export type Installed = { next: 'program'; program: string } | { next: 'system' } | { next: 'nobody' };

export interface InstallerParts extends HandedParts {
  /** The file of the AppImage that runs; null elsewhere. */
  readonly image: string | null;
  /** How long a new program may take to show that it starts, in ms. Default: half a minute. */
  readonly tryWithinMs?: number;
}

interface Loaded {
  readonly path: string;
  readonly file: ReleaseFile;
}

export class ElectronInstaller implements Installer {
  readonly #parts: InstallerParts;
  #made: Promise<HandedUpdater> | null = null;
  #loaded: Loaded | null = null;

  constructor(parts: InstallerParts) {
    this.#parts = parts;
  }

  async load(release: Release, file: ReleaseFile, folder: string, onShare: (share: number) => void): Promise<void> {
    const { updater, hand } = await this.#ready();
    const { name, size, sha512, blockMapSize } = file;
    const info = { url: name, size, sha512, ...(blockMapSize === undefined ? {} : { blockMapSize }) };
    hand({ version: release.version, files: [info], path: name, sha512, releaseDate: release.issued }, [
      { url: new URL(name, folder), info },
    ]);
    this.#loaded = null;
    let endless = false;
    try {
      const result = await updater.checkForUpdates();
      const token = result?.cancellationToken;
      if (token === undefined) throw new Error('not taken for an update');
      const progress = ({ transferred }: { transferred: number }): void => {
        endless ||= transferred > size;
        if (endless) token.cancel(); // a server that sends without end must not fill the disk
        onShare(Math.min(1, transferred / size));
      };
      updater.on('download-progress', progress);
      try {
        const [at] = await updater.downloadUpdate(token);
        if (at === undefined) throw new Error('no file came');
        await refuseOther(at, file);
        this.#loaded = { path: at, file };
      } finally {
        updater.off('download-progress', progress);
      }
    } catch (error) {
      throw loadFailed(endless ? new RefusedFile(`more than ${size} bytes`) : error);
    }
  }

  async install(restart: boolean): Promise<Installed> {
    const loaded = this.#loaded;
    if (loaded === null) throw installFailed(new Error('nothing was loaded'));
    try {
      await refuseOther(loaded.path, loaded.file); // it may have waited for days
    } catch (error) {
      this.#loaded = null;
      throw loadFailed(error);
    }
    const made = await this.#ready();
    if (this.#parts.platform === 'darwin') {
      // Squirrel has it already, and puts it in place at the end of the program however that comes.
      if (restart) made.updater.quitAndInstall();
      return { next: restart ? 'system' : 'nobody' };
    }
    // On Windows the installer waits for this program's end and starts the new one itself.
    if (this.#parts.platform === 'win32') {
      this.#place(made, restart);
      return { next: 'nobody' };
    }
    if (await hangs(loaded.path, this.#parts.tryWithinMs ?? TRY_WITHIN_MS)) {
      throw installFailed(new Error('the new program does not end when it is tried'));
    }
    return { next: 'program', program: await this.#replaceImage(made) };
  }

  /** The old file is kept until the new one has shown that it starts. */
  async #replaceImage(made: HandedUpdater): Promise<string> {
    const { image } = this.#parts;
    if (image === null) throw installFailed(new Error('no AppImage'));
    let program = image;
    made.updater.once('appimage-filename-updated', (at) => {
      program = at;
    });
    const kept = await KeptProgram.keep(image).catch((error: unknown) => {
      throw installFailed(error);
    });
    try {
      this.#place(made, false);
    } catch (error) {
      await kept.putBack(program);
      throw error;
    }
    await kept.drop();
    return program;
  }

  /** @throws HoldfastError `update-failed` */
  #place({ updater, install }: HandedUpdater, startAfter: boolean): void {
    let why: unknown = new Error('it was not put in place');
    const failed = (error: Error): void => {
      why = error;
    };
    updater.once('error', failed);
    const done = install(startAfter);
    updater.off('error', failed);
    if (!done) throw installFailed(why);
  }

  /** Made when there is something to load: the program starts without it. */
  #ready(): Promise<HandedUpdater> {
    this.#made ??= import('./electron-updater.ts').then(({ makeHanded }) => makeHanded(this.#parts));
    return this.#made;
  }
}

/** electron-updater tries the new program as well, but would wait for ever, and this program could not end. */
async function hangs(program: string, withinMs: number): Promise<boolean> {
  const env = { ...process.env, APPIMAGE_EXIT_AFTER_INSTALL: 'true' };
  return await new Promise((resolve) => {
    execFile(program, { env, timeout: withinMs, killSignal: 'SIGKILL' }, (error) => resolve(error?.killed === true));
  });
}

function loadFailed(error: unknown): HoldfastError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const detail = error instanceof Error ? error.message : String(error);
  // What electron-updater's own checks say of a file that is not what it should be.
  if (error instanceof RefusedFile || code === 'ERR_CHECKSUM_MISMATCH' || code === 'ERR_UPDATER_INVALID_SIGNATURE') {
    return new HoldfastError(
      'update-refused',
      'The update that was loaded is damaged or cut short, and was thrown away.',
      'Nothing was changed. Holdfast loads it again later.',
      { detail, cause: error },
    );
  }
  return new HoldfastError(
    'update-failed',
    'The update could not be loaded.',
    'This version goes on as it is, and so do your backups. Holdfast tries again later by itself.',
    { severity: 'notice', detail, cause: error },
  );
}

function installFailed(error: unknown): HoldfastError {
  return new HoldfastError(
    'update-failed',
    'The update could not be put in place.',
    'This version goes on as it is. Check that you may write the folder Holdfast lies in, and that its disk has room.',
    { detail: error instanceof Error ? error.message : String(error), cause: error },
  );
}
