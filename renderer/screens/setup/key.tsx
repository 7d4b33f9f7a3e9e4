import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useCallback, useEffect, useRef, type ReactNode } from 'react';
import { Button, ErrorState, Skeleton } from '../../components/index.ts';
import { whyKit } from '../../components/password/vault-words.ts';
import { api, useAction } from '../../state/bridge.ts';
import { goBack, navigate } from '../../state/route.ts';
import { KeyKit } from './key-kit.tsx';
import { SetupPage } from './step.tsx';
import { firstPlace, makesPassword, useWizard } from './wizard.ts';

/** S5a: the key, hidden until asked for; on paper before one goes on. */
export function KeyStep(): ReactNode {
  const { wizard, update } = useWizard();
  const password = makesPassword(wizard);
  const needed = wizard.vault.proof === null ? null : whyKit(wizard.vault.proof);
  const taken = useCallback(() => update({ keyTaken: true }), [update]);

  const make = useAction(api.setup.newKey, { failure: 'inline', onDone: () => update({ keyMade: true }) });
  const { run: makeKey } = make;
  const asked = useRef(false);
  useEffect(() => {
    if (wizard.keyMade || asked.current) return;
    asked.current = true;
    makeKey();
  }, [wizard.keyMade, makeKey]);

  return (
    <SetupPage
      current="key"
      pageKey="key"
      title={password ? t`Make a 64-digit kit as well` : t`This is your key. Put it on paper.`}
      line={
        password
          ? (needed ?? t`These digits open everything without the vault and without the password: your second way in.`)
          : t`Whoever has these 64 digits can open the backup. Without them, nobody can, and we can’t send them again.`
      }
      onBack={goBack}
      note={
        wizard.keyTaken
          ? t`Next, you type two rows back to prove that the paper is right.`
          : t`First print the kit, save it, or copy the digits.`
      }
      primary={
        <Button
          variant="primary"
          size="wizard"
          isDisabled={!wizard.keyTaken}
          onPress={() => navigate({ screen: 'setup', step: 'prove' })}
        >
          <Trans>I have it on paper</Trans>
        </Button>
      }
    >
      {make.error !== null ? (
        <ErrorState error={make.error} onRetry={makeKey} retrying={make.pending} />
      ) : !wizard.keyMade ? (
        <Skeleton label={t`Making your key`} />
      ) : (
        <KeyKit destination={firstPlace(wizard)?.draft.path ?? ''} onTaken={taken} />
      )}
    </SetupPage>
  );
}
