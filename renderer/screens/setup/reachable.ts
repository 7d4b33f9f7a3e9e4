/** Which steps of the set-up can be shown. */
import type { SetupStep } from '../../state/route.ts';
import { firstPlace, joinsExisting, makesKit, makesPassword, type Wizard } from './wizard.ts';

/** The step that can be shown: one that lacks what comes before it gives way to the first that is missing. */
export function reachable(step: SetupStep, wizard: Wizard): SetupStep {
  if (step === 'storage' || step === 'backup') return step;
  if (firstPlace(wizard) === null) return 'storage';
  if (step === 'protection') return step;
  const joins = joinsExisting(wizard);
  if (!joins && wizard.method === null) return 'protection';
  if (!joins && step === 'computer') return 'key';
  if (makesPassword(wizard)) return reachablePassword(step, wizard);
  if (step === 'vault' || step === 'password' || step === 'again') return 'protection';
  if (step === 'key') return step;
  if (joins) return wizard.keyProven ? step : 'key';
  if (!wizard.keyTaken) return 'key';
  if (step !== 'prove' && !wizard.keyProven) return 'prove';
  if (step === 'files' && !(wizard.consents.keptSafe && wizard.consents.nobodyCanHelp)) return 'consent';
  return step;
}

/** With a password: which vault, the password, once more, and the kit where one is made. */
function reachablePassword(step: SetupStep, wizard: Wizard): SetupStep {
  const { cannotReset, tenTries } = wizard.passwordConsents;
  if (step === 'vault') return step;
  if (wizard.vault.proof === null) return 'vault';
  if (step === 'password') return step;
  if (!wizard.passwordChosen) return 'password';
  if (step === 'again') return step;
  if (!wizard.passwordRepeated || !cannotReset || !tenTries) return 'again';
  if (!makesKit(wizard)) return 'files';
  if (step === 'key') return step;
  if (!wizard.keyTaken) return 'key';
  if (step === 'prove') return step;
  return wizard.keyProven ? 'files' : 'prove';
}
