/** A password on its way into a vault: typed, typed once more, then registered. Held as bytes that are wiped. */
import { HoldfastError } from '../../errors.ts';
import { Secret } from '../../keys/secret.ts';
import type { Said } from '../../ipc/services.ts';
import { text } from '../../text.ts';
import { say } from '../../words/say.ts';

/** PRODUCT rule of the set-up; how guessable it is, is judged before it is registered (new-password.ts). */
export const MIN_PASSWORD_CHARACTERS = 12;

interface Held {
  password: Secret;
  invite: string | undefined;
  repeated: boolean;
}

export class PendingPassword {
  #held: Held | null = null;

  /** Takes a password of at least 12 characters; the last one is forgotten either way. */
  choose(password: string, invite?: string): Said {
    this.drop();
    const normal = password.normalize('NFC');
    const length = [...normal].length;
    if (length < MIN_PASSWORD_CHARACTERS) {
      return {
        ok: false,
        message: say(text`That is too short: it has ${length} of the 12 characters that are needed.`),
      };
    }
    this.#held = { password: secretOf(normal), invite, repeated: false };
    return { ok: true, message: '' };
  }

  /** Compares in constant time; nothing counts. */
  repeat(password: string): Said {
    if (this.#held === null) throw noPassword();
    const again = secretOf(password.normalize('NFC'));
    this.#held.repeated = this.#held.password.equals(again);
    again.wipe();
    return this.#held.repeated
      ? { ok: true, message: say('Both are the same.') }
      : { ok: false, message: say('That is not what you typed before. Try again, or go back and choose it anew.') };
  }

  /**
   * Lends the password to `use`, for one registration.
   * @throws HoldfastError `bad-input` where none was typed twice
   */
  async use<T>(use: (password: string, invite: string | undefined) => Promise<T>): Promise<T> {
    if (this.#held?.repeated !== true) throw noPassword();
    const { password, invite } = this.#held;
    return await use(
      password.read((bytes) => new TextDecoder().decode(bytes)),
      invite,
    );
  }

  drop(): void {
    this.#held?.password.wipe();
    this.#held = null;
  }
}

function secretOf(text: string): Secret {
  const bytes = new TextEncoder().encode(text);
  const secret = new Secret(bytes);
  bytes.fill(0);
  return secret;
}

function noPassword(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'No password has been typed twice yet.',
    'Go back and choose the password again. Nothing was sent to the vault.',
    { severity: 'notice' },
  );
}
