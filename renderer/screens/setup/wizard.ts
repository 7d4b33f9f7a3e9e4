/** What the set-up has learned so far; kept while one goes back and forth, forgotten when it is left. No key in it. */
import { createContext, useContext } from 'react';
import type { DestinationTest, Place } from '../../../preload/contract.ts';
import type { WizardStep } from '../../components/index.ts';

export interface Wizard {
  /** Where the backup goes. */
  place: Place | null;
  /** Places offered so far: the suggestion and what was chosen in the dialog. */
  offered: readonly Place[];
  /** What the checks found, by path. */
  tests: Readonly<Record<string, DestinationTest>>;
  method: 'key' | null;
  keyMade: boolean;
  /** The key was shown, printed, saved or copied at least once. */
  keyTaken: boolean;
  /** The person proved to have the key: typed two rows back, or opened the existing backup. */
  keyProven: boolean;
  consents: { nobodyCanHelp: boolean; keptSafe: boolean };
}

export const EMPTY_WIZARD: Wizard = {
  place: null,
  offered: [],
  tests: {},
  method: null,
  keyMade: false,
  keyTaken: false,
  keyProven: false,
  consents: { nobodyCanHelp: false, keptSafe: false },
};

export interface WizardContext {
  wizard: Wizard;
  update: (change: Partial<Wizard>) => void;
}

export const SetupContext = createContext<WizardContext | null>(null);

export function useWizard(): WizardContext {
  const context = useContext(SetupContext);
  if (context === null) throw new Error('outside the set-up');
  return context;
}

/** True where the chosen folder already holds a backup, whose key is asked for instead of making one. */
export function joinsExisting(wizard: Wizard): boolean {
  return wizard.place !== null && wizard.tests[wizard.place.path]?.content === 'repository';
}

const NEW_STEPS: readonly WizardStep[] = [
  { id: 'storage', word: 'Storage' },
  { id: 'protection', word: 'Protection' },
  { id: 'key', word: 'Your key' },
  { id: 'files', word: 'Files' },
  { id: 'backup', word: 'First backup' },
];

/** The steps on top: an existing backup already has its protection. */
export function stepsOf(wizard: Wizard): readonly WizardStep[] {
  return joinsExisting(wizard) ? NEW_STEPS.filter((step) => step.id !== 'protection') : NEW_STEPS;
}
