/**
 * What this computer keeps of one record, in a folder of its own (0700): the session's ciphertext, the registration
 * that is under way, what was seen of the vault, its receipts. Nothing in it opens anything by itself.
 */
import { appendFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Signed } from '../../../vault/protocol/messages.ts';
import { readSmallFile, writeFileAtomic } from '../files.ts';

const HEX_32 = z.string().regex(/^[0-9a-f]{64}$/);
const Count = z.number().int().nonnegative();

/** The newest that the vault has vouched for; what it says later must not be older. */
const Witness = z.object({
  /** Epoch of the newest bundle. */
  epoch: Count,
  logIndex: Count,
  version: Count,
  /** Registrations that were acknowledged or made on this computer; 0: the vault was never asked. */
  registrations: Count,
  /** Others that the newest Status has told of and nobody has acknowledged. */
  foreign: Count.default(0),
});
export type Witness = z.infer<typeof Witness>;

/** A registration that was begun and whose end is not known to this computer. No secret is in it. */
const Journal = z.object({
  kind: z.enum(['first', 'change']),
  registrationId: z.string().regex(/^[0-9a-f]{32}$/),
  version: z.number().int().positive(),
  /** What was done last; `expose` from before it is asked for. */
  step: z.enum(['start', 'stage', 'prove', 'expose', 'done']),
  /** SHA-256 of the vault-owner public key: whether a root key at hand is the one it was made with. */
  owner: HEX_32,
  place: z.object({ vaultId: z.string().regex(/^[0-9a-f]{32}$/), urls: z.array(z.string()), fingerprint: HEX_32 }),
});
export type Journal = z.infer<typeof Journal>;

const SMALL = 65_536;
/** Two files of this size at most: some thousand receipts. */
const RECEIPTS_BYTES = 1_048_576;

export class RecordFolder {
  readonly #folder: string;

  /** @param recordId 32 bytes in hex */
  constructor(parent: string, recordId: string) {
    if (!HEX_32.safeParse(recordId).success) throw new RangeError('a record id is 32 bytes in hex');
    this.#folder = join(parent, recordId);
  }

  async witness(): Promise<Witness> {
    const seen = await this.#json('seen.json', Witness);
    return seen ?? { epoch: 0, logIndex: 0, version: 0, registrations: 0, foreign: 0 };
  }

  async keepWitness(witness: Witness): Promise<void> {
    await this.#put('seen.json', Buffer.from(JSON.stringify(witness)));
  }

  /** What Status has told of foreign registrations is known to a person. */
  async acknowledge(): Promise<void> {
    const { foreign, ...seen } = await this.witness();
    if (foreign === 0) return;
    await this.keepWitness({ ...seen, registrations: seen.registrations + foreign, foreign: 0 });
  }

  journal(): Promise<Journal | null> {
    return this.#json('registration.json', Journal);
  }

  async keepJournal(journal: Journal): Promise<void> {
    await this.#put('registration.json', Buffer.from(JSON.stringify(journal)));
  }

  async dropJournal(): Promise<void> {
    await rm(join(this.#folder, 'registration.json'), { force: true });
  }

  /** RK's ciphertext of the open session, or null. */
  async session(): Promise<Uint8Array | null> {
    return (await readSmallFile(join(this.#folder, 'session'), SMALL))?.bytes ?? null;
  }

  async keepSession(sealed: Uint8Array): Promise<void> {
    await this.#put('session', sealed);
  }

  async dropSession(): Promise<void> {
    await rm(join(this.#folder, 'session'), { force: true });
  }

  /** Adds one line; the older half goes when the file has grown too long. Never stops what is going on. */
  async addReceipt(receipt: Signed): Promise<void> {
    const file = join(this.#folder, 'receipts.jsonl');
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const size = await stat(file).then(
        (found) => found.size,
        () => 0,
      );
      if (size > RECEIPTS_BYTES) await rename(file, join(this.#folder, 'receipts.old.jsonl'));
      await appendFile(file, `${JSON.stringify(receipt)}\n`, { mode: 0o600 });
    } catch {
      // They are evidence for a dispute; a full disk must not keep somebody from unlocking.
    }
  }

  /** All of it: the record is gone. */
  async erase(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #put(name: string, bytes: Uint8Array): Promise<void> {
    await writeFileAtomic(join(this.#folder, name), bytes);
  }

  /** Null where there is none, or where what is there makes no sense: then it counts as never written. */
  async #json<T>(name: string, shape: z.ZodType<T>): Promise<T | null> {
    const bytes = (await readSmallFile(join(this.#folder, name), SMALL))?.bytes ?? null;
    if (bytes === null) return null;
    try {
      const parsed = shape.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
      return parsed.success ? parsed.data : null;
    } catch {
      return null;
    }
  }
}
