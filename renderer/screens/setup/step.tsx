import { t } from '@lingui/core/macro';
import type { ReactNode } from 'react';
import { WizardScaffold } from '../../components/index.ts';
import { useWizard, stepsOf } from './wizard.ts';

/** One page of the set-up on the wizard's scaffold. */
export function SetupPage(props: {
  current: string;
  pageKey: string;
  title: ReactNode;
  line?: ReactNode;
  width?: 720 | 880;
  reading?: boolean;
  onBack?: (() => void) | undefined;
  note?: ReactNode;
  secondary?: ReactNode;
  primary?: ReactNode;
  children?: ReactNode;
}): ReactNode {
  const { wizard } = useWizard();
  return <WizardScaffold label={t`Set up`} steps={stepsOf(wizard)} {...props} />;
}
