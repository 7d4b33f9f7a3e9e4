/** The pages of a change of the key, and the steps that its head shows. */
import { t } from '@lingui/core/macro';
import type { WizardStep } from '../../components/index.ts';

export type Page = 'what' | 'key' | 'prove' | 'vault' | 'password' | 'change' | 'again' | 'done';

/** @param password the new key gets a password as well */
export function stepsFor(password: boolean): readonly WizardStep[] {
  return [
    { id: 'what', word: t`What happens` },
    { id: 'key', word: t`New digits` },
    ...(password ? [{ id: 'password', word: t`Password` }] : []),
    { id: 'change', word: t`Change` },
  ];
}
