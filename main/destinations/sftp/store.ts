/**
 * Storing objects on the server: everything is written to a temporary file, flushed, compared in size, and only then
 * moved to its name; then it is flushed once more, since the journals of Linux' file systems keep a file's name with its
 * bytes and SFTP has no way to flush a folder. Where the server cannot flush (no fsync@openssh.com), what it stored last
 * is safe only once its own system wrote it.
 *
 * That the bytes are the right ones rests on their hash being taken as they are sent, on SSH's authentication of every
 * packet, and on the size; nothing is read back but the end of an upload that goes on in the middle.
 */
import { createHash, randomBytes, type Hash } from 'node:crypto';
import { HoldfastError } from '../../errors.ts';
import { ownerOf, segmentsOf, TEMPORARY } from '../layout.ts';
import { isHashedName } from '../names.ts';
import { assertNamedHash, BytesSource, type Source } from '../remote/source.ts';
import { diagnosed } from './diagnose.ts';
import { isAbsent, isFailure, STATUS, statusOf, Unsupported } from './errors.ts';
import type { Files } from './files.ts';
import type { Folders } from './folders.ts';
import { patiently, soon } from './patience.ts';
import type { Root } from './root.ts';
import { readFrom, writeFrom } from './transfer.ts';
import type { UploadFile, UploadState } from './upload-state.ts';

/** After so many bytes an upload notes how far it is. */
const CHECKPOINT = 8 * 2 ** 20;
/** So many bytes before the point where an upload goes on are read back and compared. */
const COMPARED = 256 * 1024;
/** Tries to replace a file where that takes two steps and another call may come in between. */
const REPLACE_TRIES = 5;

interface Upload {
  source: Source;
  name: string;
  signal: AbortSignal | undefined;
  /** Where an interrupted upload is remembered; null where it is not worth it. */
  state: UploadFile | null;
}

interface Begun {
  handle: Buffer;
  /** Name of the temporary file. */
  temporary: string;
  path: string;
  /** Bytes that are there already. */
  sent: number;
  /** Hash of these bytes. */
  hash: Hash;
}

export class Store {
  readonly #root: Root;
  readonly #folders: Folders;
  readonly #where: string;

  /** @param where the place in short words */
  constructor(root: Root, folders: Folders, where: string) {
    this.#root = root;
    this.#folders = folders;
    this.#where = where;
  }

  /** Stores `bytes` under `name`. */
  async put(files: Files, name: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    await this.#store(files, { source: new BytesSource(bytes), name, signal, state: null }, false);
  }

  /**
   * Stores the bytes of a spool file under `name`; where the name is a hash, they must have it.
   * @param state goes on from there, if it can, and notes there how far the upload is
   */
  async upload(
    files: Files,
    name: string,
    source: Source,
    state: UploadFile,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const resumable = isHashedName(name) && source.size > CHECKPOINT;
    await this.#store(files, { source, name, signal, state: resumable ? state : null }, true);
    await state.remove();
  }

  async #store(files: Files, upload: Upload, named: boolean): Promise<void> {
    const begun = (await this.#resume(files, upload)) ?? (await this.#begin(files, upload));
    const { signal, source, name } = upload;
    const noted = { bytes: begun.sent };
    try {
      await this.#fill(files, upload, begun, noted);
      if (named) assertNamedHash(name, begun.hash.digest());
      await this.#settle(files, begun.handle, source.size, signal);
      signal?.throwIfAborted();
      const open = await this.#rename(files, begun, name, signal);
      this.#root.proven();
      if (open) await soon(files.sync(begun.handle), signal);
    } catch (thrown) {
      const error = await diagnosed(thrown, files, this.#root.path, source.size, this.#where);
      if (noted.bytes > 0 && !isUseless(error)) files.abandon(begun.handle);
      // A file that stays is cleared with the spool.
      else await patiently(Promise.all([upload.state?.remove(), files.discard(begun.handle, begun.path)]));
      throw error;
    }
    files.abandon(begun.handle);
  }

  async #begin(files: Files, { name, signal, state }: Upload): Promise<Begun> {
    const temporary = `${state === null ? 'put' : 'up'}-${randomBytes(12).toString('hex')}`;
    const folder = [TEMPORARY, ownerOf(name)];
    const path = this.#root.at([...folder, temporary]);
    const handle = await this.#inFolder(files, folder, signal, async () => {
      return await soon(files.open(path, 'new'), signal, (late) => {
        files.discard(late, path).catch(() => undefined);
      });
    });
    return { handle, temporary, path, sent: 0, hash: createHash('sha256') };
  }

  /** Opens what an interrupted upload left, if it is what the spool file begins with; else null. */
  async #resume(files: Files, { name, source, signal, state }: Upload): Promise<Begun | null> {
    const known = (await state?.read()) ?? null;
    if (known === null) return null;
    const path = this.#root.at([TEMPORARY, ownerOf(name), known.temporary]);
    try {
      const hash = await prefixHash(source, known, signal);
      const found = await files.at(path, signal);
      const usable = found.kind === 'file' && found.size !== undefined && found.size >= known.sent;
      if (hash !== null && usable && (found.size ?? 0) <= source.size) {
        const handle = await files.open(path, 'update', signal);
        if (await endsAlike(files, handle, source, known.sent, signal)) {
          return { handle, temporary: known.temporary, path, sent: known.sent, hash };
        }
        files.abandon(handle);
      }
      await files.remove(path, signal);
    } catch (error) {
      // Cleared meanwhile, or no longer ours to write: begin anew.
      if (!isAbsent(error) && statusOf(error) !== STATUS.permissionDenied) throw error;
    }
    await state?.remove();
    return null;
  }

  /** Sends what is missing. `noted.bytes`: how much of the object is remembered as sent. */
  async #fill(files: Files, upload: Upload, begun: Begun, noted: { bytes: number }): Promise<void> {
    const { source, signal, state } = upload;
    const checkpoints = new Map<number, string>();
    let hashed = begun.sent;
    let due = begun.sent + CHECKPOINT;
    let noting = Promise.resolve();
    await writeFrom(files, begun.handle, source, begun.sent, {
      signal,
      read(piece) {
        begun.hash.update(piece);
        hashed += piece.length;
        if (state === null || hashed < due) return;
        checkpoints.set(hashed, begun.hash.copy().digest('hex'));
        due = hashed + CHECKPOINT;
      },
      acknowledged: (sent) => {
        const sha256 = checkpoints.get(sent);
        if (state === null || sha256 === undefined) return;
        noting = noting.then(async () => {
          await files.sync(begun.handle);
          await state.write({ temporary: begun.temporary, size: source.size, sent, sha256 });
          noted.bytes = sent;
        });
        noting.catch(() => undefined); // awaited below; the transfer may fail before
      },
    }).finally(async () => {
      // What is being noted is finished, so that the next try knows of it; a lost connection ends it at once.
      await patiently(noting);
    });
    await noting;
  }

  /** Flushed, and as long as it must be. */
  async #settle(files: Files, handle: Buffer, size: number, signal: AbortSignal | undefined): Promise<void> {
    const [found] = await Promise.all([files.look(handle, signal), files.sync(handle, signal)]);
    if (found.size !== undefined && found.size !== size) {
      throw new WrongSize(`the server holds ${found.size} bytes of ${size}`);
    }
  }

  /**
   * Moves the finished file to its name; one that was cancelled just then may have been moved. False where the file had to
   * be closed for it.
   */
  async #rename(
    files: Files,
    { path, handle }: Begun,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const segments = segmentsOf(name);
    const target = this.#root.at(segments);
    return await this.#inFolder(files, segments.slice(0, -1), signal, async () => {
      try {
        await soon(replace(files, path, target), signal);
        return true;
      } catch (error) {
        if (!isFailure(error) && statusOf(error) !== STATUS.permissionDenied) throw error;
      }
      // Windows moves no file that is open.
      await files.close(handle).catch(() => undefined);
      await soon(replace(files, path, target), signal);
      return false;
    });
  }

  /** Runs `body`; where its folder is missing, makes the folder and runs it again. */
  async #inFolder<T>(
    files: Files,
    segments: readonly string[],
    signal: AbortSignal | undefined,
    body: () => Promise<T>,
  ): Promise<T> {
    try {
      return await body();
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
    await this.#folders.make(files, segments, signal);
    return await body();
  }
}

/**
 * Moves a file over whatever has the new name. Servers without posix-rename@openssh.com mostly refuse a name that is
 * taken: then what has it is moved aside in the same breath, and removed afterwards. A reader that comes in between finds
 * nothing for a moment.
 */
async function replace(files: Files, from: string, to: string): Promise<void> {
  try {
    return await files.replace(from, to);
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
  }
  for (let tries = 1; ; tries += 1) {
    try {
      return await files.move(from, to);
    } catch (error) {
      if (!isFailure(error) || tries === REPLACE_TRIES) throw error;
    }
    const aside = `${from}-old`;
    const [away, here] = await Promise.allSettled([files.move(to, aside), files.move(from, to)]);
    if (away.status === 'fulfilled') {
      if (here.status === 'rejected') await files.move(aside, to).catch(() => undefined);
      else await files.remove(aside).catch(() => undefined);
    }
    if (here.status === 'fulfilled') return;
    if (!isFailure(here.reason)) throw here.reason;
  }
}

/** The hash of what was sent, to go on with; null where the spool file does not begin with it any more. */
async function prefixHash(source: Source, known: UploadState, signal: AbortSignal | undefined): Promise<Hash | null> {
  if (known.size !== source.size) return null;
  const hash = createHash('sha256');
  for await (const piece of source.pieces(0, known.sent)) {
    signal?.throwIfAborted();
    hash.update(piece);
  }
  return hash.copy().digest('hex') === known.sha256 ? hash : null;
}

async function endsAlike(
  files: Files,
  handle: Buffer,
  source: Source,
  sent: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const from = Math.max(0, sent - COMPARED);
  const there = await readFrom(files, handle, from, sent - from, signal);
  const here: Uint8Array[] = [];
  for await (const piece of source.pieces(from, sent - from)) here.push(piece);
  return Buffer.concat(here).equals(there);
}

/** What lies on the server is not what was sent: nothing of it may serve another try. */
class WrongSize extends Error {}

function isUseless(error: unknown): boolean {
  return error instanceof WrongSize || (error instanceof HoldfastError && error.code === 'object-damaged');
}
