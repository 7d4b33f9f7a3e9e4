/** A new password on its way into a vault: the vault that proved itself, what was typed, and the record made of both. */
import { createHash } from 'node:crypto';
import { HoldfastError } from '../../errors.ts';
import type { RegistrationStep, Said, VaultChoice, VaultProof } from '../../ipc/services.ts';
import type { KnownVault } from '../../jobs/config.ts';
import type { Clock } from '../../jobs/ports.ts';
import type { RootKey } from '../../keys/secret.ts';
import type { VaultClient, VaultFacts, VaultPlace, VaultRecord } from '../../keys/vault/api.ts';
import type { EmbeddedVault } from './embedded.ts';
import { PendingPassword } from './pending-password.ts';
import { parsePlace } from './place.ts';
import { kitNeeded, shownProof } from './shapes.ts';

export interface NewPasswordParts {
  keys: VaultClient;
  /** Null in release builds, which offer real vaults only. */
  embedded: EmbeddedVault | null;
  clock: Clock;
  /** What this computer's own plan names; null where it names none. */
  own: () => KnownVault | null;
  /** Whether a new password is good enough: asked here too, whatever the window says. @throws HoldfastError `password-weak` */
  checkPassword: (password: string) => Promise<void>;
  changed: () => void;
}

/** A record in the vault, and what it is to take the place of. */
export interface MadeRecord {
  known: KnownVault;
  /** What the plan named before; it must not live on beside the new one. */
  before: KnownVault | null;
}

/** A typed password is held no longer than this; the vault, too, forgets a try after a day. */
export const TYPED_KEPT_MS = 86_400_000;

/** A record that was registered and that nothing names yet. */
interface Made {
  record: VaultRecord;
  /** Tells the key that it holds from others. */
  mark: string;
  before: KnownVault | null;
}

export class NewPassword {
  readonly #parts: NewPasswordParts;
  readonly #pending = new PendingPassword();
  /** The vault that proved itself last, for the registration that may follow. */
  #proven: VaultFacts | null = null;
  /** Registered with the password that is pending; a later step may have failed, and is then tried again with it. */
  #made: Made | null = null;
  #step: RegistrationStep | null = null;
  #cancelDrop: () => void = () => undefined;

  constructor(parts: NewPasswordParts) {
    this.#parts = parts;
  }

  /** How far a registration or change has come; null while none runs. */
  get step(): RegistrationStep | null {
    return this.#step;
  }

  /** True where the proven vault may be used without the 64-digit kit. */
  get kitOptional(): boolean {
    return this.#proven !== null && !kitNeeded(this.#proven);
  }

  async prove(choice: VaultChoice): Promise<VaultProof> {
    this.#proven = null;
    this.#made = null;
    const place = choice.kind === 'own' ? parsePlace(choice.address, choice.fingerprint) : await this.#embedded();
    const facts = await this.#parts.keys.probe(place);
    this.#proven = facts;
    return shownProof(facts);
  }

  choose(password: string, invite: string | undefined): Said {
    this.#made = null;
    if (this.#proven?.inviteNeeded === true && (invite ?? '') === '') {
      this.#pending.drop();
      return { ok: false, message: 'This vault takes only those it has invited: enter the invitation that you got.' };
    }
    this.#cancelDrop();
    this.#cancelDrop = this.#parts.clock.after(TYPED_KEPT_MS, () => this.drop());
    return this.#pending.choose(password, invite === '' ? undefined : invite);
  }

  repeat(password: string): Said {
    return this.#pending.repeat(password);
  }

  drop(): void {
    this.#cancelDrop();
    this.#pending.drop();
    this.#made = null;
  }

  /**
   * Registers the pending password for `rootKey` at the proven vault; called again with the same key after a later step
   * failed, gives the record that was made. Until it is in repo.json nothing depends on it.
   * @throws HoldfastError `bad-input` where nothing is proven or typed twice, `password-weak`; those of `VaultKeys.register`
   */
  async makeRecord(rootKey: RootKey): Promise<MadeRecord> {
    const facts = this.#proven;
    if (facts === null) throw notProven();
    const before = this.#parts.own();
    const mark = markOf(rootKey);
    // Made for a key that was dropped since: the repository must never name it.
    if (this.#made?.mark !== mark) this.#made = null;
    this.#made ??= await this.#stepping((onStep) =>
      this.#pending.use(async (password, invite) => {
        await this.#parts.checkPassword(password);
        const record = await this.#parts.keys.register(facts.place, { password, rootKey, invite, onStep });
        return { record, mark, before };
      }),
    );
    // A record that was just made has no wrong tries, and this computer's clock may be ahead of the vault's.
    const known = { ...this.#made.record, embedded: facts.embedded, seenMs: 0 };
    return { known, before: this.#made.before };
  }

  /**
   * Puts the pending password in the place of the one in force.
   * @throws HoldfastError `bad-input` where none was typed twice, `password-weak`; those of `VaultKeys.changePassword`
   */
  async change(record: VaultRecord, rootKey: RootKey): Promise<void> {
    await this.#stepping((onStep) =>
      this.#pending.use(async (password) => {
        await this.#parts.checkPassword(password);
        await this.#parts.keys.changePassword(record, { password, rootKey, onStep });
      }),
    );
  }

  async #embedded(): Promise<VaultPlace> {
    if (this.#parts.embedded !== null) return await this.#parts.embedded.start();
    throw new HoldfastError(
      'bad-input',
      'This Holdfast offers no vault on this computer.',
      'Enter the address and the identity of a vault, or use the 64-digit key.',
      { severity: 'notice' },
    );
  }

  async #stepping<T>(work: (onStep: (step: RegistrationStep) => void) => Promise<T>): Promise<T> {
    const tell = (step: RegistrationStep | null): void => {
      this.#step = step;
      this.#parts.changed();
    };
    try {
      tell('begin');
      return await work(tell);
    } finally {
      tell(null);
    }
  }
}

/** Nothing of the key can be learnt from it: 256 random bits are never guessed. */
function markOf(key: RootKey): string {
  return key.read((bytes) => createHash('sha256').update('holdfast/app/made-for').update(bytes).digest('hex'));
}

function notProven(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'No vault has proven itself yet.',
    'Go back to the step that chooses the vault. Nothing was sent.',
    { severity: 'notice' },
  );
}
