/** What the set-up has learned so far; kept while one goes back and forth, forgotten when it is left. No key in it. */
import { t } from '@lingui/core/macro';
import { createContext, useContext } from 'react';
import type { DestinationTest, PlaceDraft } from '../../../preload/contract.ts';
import type { WizardStep } from '../../components/index.ts';
import type { PasswordConsents } from '../password/again-part.tsx';
import type { Typed } from '../../components/places/typed.ts';
import { EMPTY_VAULT, type VaultDraft } from '../password/vault-draft.ts';

/** A place that was chosen, with what the checks found there, and what was typed to get there. */
export interface ChosenPlace {
  readonly draft: PlaceDraft;
  /** Null while it runs, and where it could not be made. */
  readonly test: DestinationTest | null;
  readonly typed: Typed | null;
}

export interface Wizard {
  /** Where the backup goes, as they were put in order. */
  places: readonly ChosenPlace[];
  method: 'key' | 'password' | null;
  /** Which vault, and what it has proven. */
  vault: VaultDraft;
  /** Main holds the password that was chosen, and knows that it was typed twice. No password in here. */
  passwordChosen: boolean;
  passwordRepeated: boolean;
  passwordConsents: PasswordConsents;
  /** The 64-digit kit is made beside the password although the vault would do without. */
  wantsKit: boolean;
  /** What opened the backup that was joined. */
  joinedBy: 'digits' | 'password';
  /** Client id of the computer whose backups this one goes on with; null for a further computer. */
  adopt: string | null;
  keyMade: boolean;
  /** The key was shown, printed, saved or copied at least once. */
  keyTaken: boolean;
  /** The person proved to have the key: typed two rows back, or opened the existing backup. */
  keyProven: boolean;
  consents: { nobodyCanHelp: boolean; keptSafe: boolean };
}

export const EMPTY_WIZARD: Wizard = {
  places: [],
  method: null,
  vault: EMPTY_VAULT,
  passwordChosen: false,
  passwordRepeated: false,
  passwordConsents: { cannotReset: false, tenTries: false },
  wantsKit: true,
  joinedBy: 'digits',
  adopt: null,
  keyMade: false,
  keyTaken: false,
  keyProven: false,
  consents: { nobodyCanHelp: false, keptSafe: false },
};

export interface WizardContext {
  wizard: Wizard;
  update: (change: Partial<Wizard> | ((old: Wizard) => Partial<Wizard>)) => void;
}

export const SetupContext = createContext<WizardContext | null>(null);

export function useWizard(): WizardContext {
  const context = useContext(SetupContext);
  if (context === null) throw new Error('outside the set-up');
  return context;
}

/** The places that work, in the order they are made: one that already holds a backup goes first. */
export function readyPlaces(wizard: Wizard): readonly ChosenPlace[] {
  const ready = wizard.places.filter(({ test }) => test?.ok === true);
  const holds = ({ test }: ChosenPlace): boolean => test?.content === 'repository';
  return [...ready.filter(holds), ...ready.filter((place) => !holds(place))];
}

/** The place that is made or joined first; null while there is none that works. */
export function firstPlace(wizard: Wizard): ChosenPlace | null {
  return readyPlaces(wizard)[0] ?? null;
}

/** True where a chosen place already holds a backup, whose key is asked for instead of making one. */
export function joinsExisting(wizard: Wizard): boolean {
  return firstPlace(wizard)?.test?.content === 'repository';
}

const NEW_STEPS: readonly WizardStep[] = [
  { id: 'storage', word: t`Storage` },
  { id: 'protection', word: t`Protection` },
  { id: 'key', word: t`Your key` },
  { id: 'files', word: t`Files` },
  { id: 'backup', word: t`First backup` },
];

/** True where a password is being set up, and not joined. */
export function makesPassword(wizard: Wizard): boolean {
  return wizard.method === 'password' && !joinsExisting(wizard);
}

/** True where the 64-digit kit is part of the set-up: always without a password, else where the vault or the person asks. */
export function makesKit(wizard: Wizard): boolean {
  if (!makesPassword(wizard)) return !joinsExisting(wizard);
  return wizard.vault.proof === null || wizard.vault.proof.kitNeeded || wizard.wantsKit;
}

const PASSWORD_STEPS: readonly WizardStep[] = [{ id: 'password', word: t`Password` }];
const KIT_STEP: WizardStep = { id: 'key', word: t`Your kit` };

/** The steps on top: an existing backup already has its protection, and a password may bring a kit along. */
export function stepsOf(wizard: Wizard): readonly WizardStep[] {
  if (joinsExisting(wizard)) return NEW_STEPS.filter((step) => step.id !== 'protection');
  if (!makesPassword(wizard)) return NEW_STEPS;
  return NEW_STEPS.flatMap((step) =>
    step.id === 'key' ? [...PASSWORD_STEPS, ...(makesKit(wizard) ? [KIT_STEP] : [])] : [step],
  );
}
