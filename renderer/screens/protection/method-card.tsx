import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Check, KeyRound, Printer, RectangleEllipsis, Repeat2, TriangleAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { AppState, VaultState } from '../../../preload/contract.ts';
import { Badge, Button, Card, Icon, When } from '../../components/index.ts';
import { ENDED, vaultName } from '../../components/password/vault-words.ts';
import { api, useAction } from '../../state/bridge.ts';
import { navigate } from '../../state/route.ts';
import { toast } from '../../state/toasts.ts';
import { TurnOffSheet } from './turn-off-sheet.tsx';

const add = (): void => navigate({ screen: 'password', purpose: 'add' });
const change = (): void => navigate({ screen: 'password', purpose: 'change' });

/** The digits alone, and the password that could be added. */
function DigitsOnly({ saved }: { saved: number | null }): ReactNode {
  return (
    <>
      <li>
        <Icon of={KeyRound} size={20} />
        <div className="set-text">
          <p className="t15 strong">
            <Trans>64-digit key</Trans>
          </p>
          <p className="dim">
            {saved === null ? (
              t`On the paper kit that you made at the set-up.`
            ) : (
              <>
                <Trans>
                  You proved that you have it on paper, <When at={saved} />.
                </Trans>
              </>
            )}
          </p>
        </div>
        <Badge tone="good" icon={Check}>
          <Trans>In use</Trans>
        </Badge>
      </li>
      <li>
        <Icon of={RectangleEllipsis} size={20} className="set-off" />
        <div className="set-text">
          <p className="t15 strong">
            <Trans>Password</Trans>
          </p>
          <p className="dim">
            <Trans>
              A key vault would check it and count the wrong ones. It’s the same data, nothing is stored again.
            </Trans>
          </p>
        </div>
        <Button onPress={add}>
          <Trans>Add a password</Trans>
        </Button>
      </li>
    </>
  );
}

function PasswordRow({ vault }: { vault: VaultState }): ReactNode {
  const sites = vault.report?.sites ?? null;
  if (vault.ended !== null) {
    return (
      <li>
        <Icon of={TriangleAlert} size={20} className="warn" />
        <div className="set-text">
          <p className="t15 strong">{ENDED[vault.ended].title}</p>
          <p className="dim">
            {vault.ended === 'unknown' && `${t`It can’t prove that: ask whoever runs it first.`} `}
            <Trans>
              The digits and this computer, while unlocked, still open the backup. Set a new password from here.
            </Trans>
          </p>
        </div>
        <Button variant="primary" onPress={add}>
          <Trans>Set a new one</Trans>
        </Button>
      </li>
    );
  }
  return (
    <li>
      <Icon of={RectangleEllipsis} size={20} />
      <div className="set-text">
        <p className="t15 strong">
          <Trans>Password</Trans>
        </p>
        <p className="dim num">
          {vault.embedded
            ? t`Guarded by the vault on this computer, for trying out.`
            : sites === null
              ? t`Guarded by ${vaultName(vault)}.`
              : t`Guarded by ${vaultName(vault)}, ${plural(sites, { one: '# site', other: '# sites' })}.`}
        </p>
      </div>
      <Button onPress={change}>
        <Trans>Change</Trans>
      </Button>
    </li>
  );
}

/** The password as the way in, the kit as the second one, and the way back to the digits alone. */
function WithPassword({ state, vault }: { state: AppState; vault: VaultState }): ReactNode {
  const [leaving, setLeaving] = useState(false);
  const saved = state.repository?.keySavedAt ?? null;
  const print = useAction(() => api.setup.printKit(), {
    onDone: () => toast.done(t`The kit was sent to the printer.`),
  });
  return (
    <>
      <PasswordRow vault={vault} />
      <li>
        <Icon of={Printer} size={20} />
        <div className="set-text">
          <p className="t15 strong">
            <Trans>64-digit kit</Trans>
          </p>
          <p className="dim">
            {saved === null ? (
              t`Print one if you have none yet: it opens everything without the vault.`
            ) : (
              <>
                <Trans>
                  Made <When at={saved} />. Your second way in, without the vault.
                </Trans>
              </>
            )}
          </p>
        </div>
        <Button pending={print.pending} isDisabled={state.locked} onPress={() => print.run()}>
          {saved === null ? t`Print it` : t`Print again`}
        </Button>
      </li>
      <li>
        <Icon of={Repeat2} size={20} />
        <div className="set-text">
          <p className="t15 strong">
            <Trans>Use only the 64-digit key</Trans>
          </p>
          <p className="dim">
            <Trans>Turns the password off. The same data, no vault; nothing is stored again.</Trans>
          </p>
        </div>
        <Button isDisabled={state.locked} onPress={() => setLeaving(true)}>
          <Trans>Switch</Trans>
        </Button>
      </li>
      <TurnOffSheet open={leaving} onClose={() => setLeaving(false)} />
    </>
  );
}

/** What opens the backup. */
export function MethodCard({ state }: { state: AppState }): ReactNode {
  return (
    <Card>
      <ul className="rows set">
        {state.vault === null ? (
          <DigitsOnly saved={state.repository?.keySavedAt ?? null} />
        ) : (
          <WithPassword state={state} vault={state.vault} />
        )}
      </ul>
    </Card>
  );
}
