import { useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import { useAppState } from '../../state/app-state.tsx';
import { api } from '../../state/bridge.ts';
import { resetRoute, useRouteOf, type SetupStep } from '../../state/route.ts';
import { FirstBackupStep } from './backup.tsx';
import { ComputerStep } from './computer.tsx';
import { ConsentStep } from './consent.tsx';
import { ExistingKeyStep } from './existing-key.tsx';
import { FilesStep } from './files/index.tsx';
import { KeyStep } from './key.tsx';
import { AgainStep, PasswordStep, VaultStep } from './password.tsx';
import { ProtectionStep } from './protection.tsx';
import { ProveStep } from './prove.tsx';
import { StorageStep } from './storage/index.tsx';
import { reachable } from './reachable.ts';
import { EMPTY_WIZARD, joinsExisting, SetupContext, type Wizard, type WizardContext } from './wizard.ts';
import '../../theme/runs.css';
import './setup.css';

function Step({ step, wizard }: { step: SetupStep; wizard: Wizard }): ReactNode {
  switch (step) {
    case 'storage':
      return <StorageStep />;
    case 'protection':
      return <ProtectionStep />;
    case 'vault':
      return <VaultStep />;
    case 'password':
      return <PasswordStep />;
    case 'again':
      return <AgainStep />;
    case 'key':
      return joinsExisting(wizard) ? <ExistingKeyStep /> : <KeyStep />;
    case 'prove':
      return <ProveStep />;
    case 'computer':
      return <ComputerStep />;
    case 'consent':
      return <ConsentStep />;
    case 'files':
      return <FilesStep />;
    case 'backup':
      return <FirstBackupStep />;
  }
}

/** S3 to S9: where, how locked, the key or the password, what, and the first backup. */
export default function SetupScreen(): ReactNode {
  const route = useRouteOf('setup');
  const phase = useAppState((s) => s.phase);
  const [wizard, setWizard] = useState(EMPTY_WIZARD);
  const update = useCallback<WizardContext['update']>(
    (change) => setWizard((old) => ({ ...old, ...(typeof change === 'function' ? change(old) : change) })),
    [],
  );
  const context = useMemo(() => ({ wizard, update }), [wizard, update]);
  const asked = route?.step ?? 'storage';
  const step = phase === 'ready' ? 'backup' : asked === 'backup' ? 'storage' : reachable(asked, wizard);

  // Once this computer is set up nobody goes back into the steps before.
  useEffect(() => {
    if (phase === 'ready' && asked !== 'backup') resetRoute({ screen: 'setup', step: 'backup' });
  }, [phase, asked]);

  // Whoever leaves the set-up leaves no password behind in main.
  useEffect(() => () => void api.vault.dropPassword().catch(() => undefined), []);

  return (
    <SetupContext value={context}>
      <Step step={step} wizard={wizard} />
    </SetupContext>
  );
}
