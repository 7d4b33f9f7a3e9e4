/**
 * An upload session that outlives the process. Its address lets whoever has it write into the Drive, so it lies sealed
 * beside the spool file, as `<spool>.upload`: AES-256-GCM under a key of the sign-in's refresh token, so that it is of no
 * use without the keychain, nor to the next sign-in.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const INFO = 'holdfast/v1/upload-session';
const NONCE = 12;
const TAG = 16;
/** Google forgets a session after one week. */
export const SESSION_MS = 7 * 24 * 3_600_000;

const SESSION = z.object({
  uri: z.string(),
  /** Id of the file that is made or changed. */
  id: z.string(),
  /** The file was there already, and gets new content. */
  update: z.boolean(),
  /** Id of the folder that it is made in. */
  folder: z.string(),
  startedMs: z.number(),
});

export type UploadSession = z.infer<typeof SESSION>;

/** Where one upload's session is kept. */
export interface SessionStore {
  load(): Promise<UploadSession | null>;
  save(session: UploadSession): Promise<void>;
  clear(): Promise<void>;
}

export class SessionSealer {
  readonly #key: Buffer;

  constructor(refreshToken: string) {
    this.#key = Buffer.from(hkdfSync('sha256', refreshToken, '', INFO, 32));
  }

  /**
   * @param file absolute path of the sealed file
   * @param name of the object, `size` in bytes: a session of anything else does not open
   */
  at(file: string, name: string, size: number): SessionStore {
    const aad = Buffer.from(`${name}\0${size}`);
    return {
      load: async () => {
        try {
          return SESSION.parse(JSON.parse(this.#open(await readFile(file), aad)));
        } catch {
          return null; // another sign-in's, another object's, damaged, or none: the upload begins anew
        }
      },
      save: async (session) => {
        await writeFile(file, this.#seal(JSON.stringify(session), aad), { mode: 0o600 });
      },
      clear: async () => await rm(file, { force: true }),
    };
  }

  #seal(text: string, aad: Buffer): Buffer {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(aad);
    return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  }

  #open(sealed: Buffer, aad: Buffer): string {
    const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, NONCE), { authTagLength: TAG });
    decipher.setAAD(aad).setAuthTag(sealed.subarray(-TAG));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)), decipher.final()]).toString('utf8');
  }
}

/** For bytes in memory: a repeated call goes on, another process begins anew. */
export function inMemory(): SessionStore {
  let kept: UploadSession | null = null;
  return {
    load: async () => kept,
    save: async (session) => void (kept = session),
    clear: async () => void (kept = null),
  };
}
