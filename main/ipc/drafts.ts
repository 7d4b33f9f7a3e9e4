/**
 * Places for backups that were chosen or typed in the window and are not part of the plan. The window knows each by a
 * random id; what opens them stays in main.
 */
import { randomBytes } from 'node:crypto';
import type { PlaceDraft } from '../../preload/contract.ts';
import type { GoogleSignIn } from '../jobs/ports.ts';
import { placeId } from '../destinations/place-id.ts';
import { placeText } from '../destinations/spec.ts';
import { HoldfastError } from '../errors.ts';
import { kindName } from '../jobs/destination-words.ts';
import type { ChosenPlace } from '../jobs/destinations.ts';

/** More than anyone tries in one sitting; the oldest are forgotten. */
const KEPT = 64;

export class Drafts {
  readonly #places = new Map<string, ChosenPlace>();
  readonly #accounts = new Map<string, GoogleSignIn>();

  /** Keeps a place and gives what the window is told of it. The same place keeps its id, with its newest secrets. */
  give(chosen: ChosenPlace): PlaceDraft {
    const wanted = placeId(chosen.place);
    const known = [...this.#places].find(([, other]) => placeId(other.place) === wanted);
    const cap = known?.[0] ?? randomBytes(18).toString('base64url');
    keep(this.#places, cap, chosen);
    return draftOf(cap, chosen);
  }

  /** @throws HoldfastError `bad-input` for an id that was not given out */
  take(cap: string): ChosenPlace {
    return require(this.#places, cap);
  }

  draft(cap: string): PlaceDraft {
    return draftOf(cap, this.take(cap));
  }

  giveAccount(account: GoogleSignIn): string {
    const cap = randomBytes(18).toString('base64url');
    keep(this.#accounts, cap, account);
    return cap;
  }

  /** @throws HoldfastError `bad-input` for an id that was not given out */
  account(cap: string): GoogleSignIn {
    return require(this.#accounts, cap);
  }
}

function draftOf(cap: string, { place, name }: ChosenPlace): PlaceDraft {
  return {
    cap,
    kind: place.kind,
    kindName: kindName(place),
    service: place.kind === 'synced' ? place.service : null,
    name,
    path: placeText(place),
  };
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= KEPT) break;
    map.delete(oldest);
  }
}

function require<T>(map: Map<string, T>, key: string): T {
  const value = map.get(key);
  if (value !== undefined) return value;
  throw new HoldfastError('bad-input', 'That place is not known any more.', 'Choose it again. Nothing was changed.', {
    severity: 'notice',
  });
}
