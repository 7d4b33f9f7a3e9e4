/** What opens a backup whose password is forgotten, and the honest end. */
import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { KeyRound, Laptop, Sprout, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { resetRoute } from '../../state/route.ts';
import { Button } from '../button.tsx';
import { Icon } from '../icon.tsx';
import { Sheet } from '../overlays.tsx';

function Way({
  icon,
  title,
  line,
  action,
}: {
  icon: LucideIcon;
  title: string;
  line: string;
  action?: ReactNode;
}): ReactNode {
  return (
    <li>
      <Icon of={icon} size={20} />
      <div>
        <p className="t15 strong">{title}</p>
        <p className="dim">{line}</p>
      </div>
      {action}
    </li>
  );
}

/** What opens the backup without costing a try. */
export function Ways({ onDigits, ready }: { onDigits: () => void; ready: boolean }): ReactNode {
  return (
    <ul className="card rows ways-out">
      <Way
        icon={Laptop}
        title={t`A computer that’s still unlocked`}
        line={t`Open Holdfast there, then Protection, then set a new password. It needs no digits and costs no try.`}
      />
      <Way
        icon={KeyRound}
        title={t`Your 64-digit kit`}
        line={t`One printed page, or a PDF. It opens everything and needs no vault.`}
        action={
          <Button variant="primary" onPress={onDigits}>
            <Trans>Enter the digits</Trans>
          </Button>
        }
      />
      {!ready && (
        <Way
          icon={Sprout}
          title={t`Start afresh`}
          line={t`Set up a new backup of what’s on this computer, in another folder. The old one stays where it is until you delete it.`}
          action={
            <Button onPress={() => resetRoute({ screen: 'setup', step: 'storage' })}>
              <Trans>Set up</Trans>
            </Button>
          }
        />
      )}
    </ul>
  );
}

/** "I can't remember": what can still be done, and the honest end. */
export function ForgottenSheet({
  open,
  onClose,
  onDigits,
  ready,
}: {
  open: boolean;
  onClose: () => void;
  onDigits: () => void;
  ready: boolean;
}): ReactNode {
  return (
    <Sheet
      open={open}
      onClose={onClose}
      title={t`What opens it without the password`}
      line={t`Nobody can send you the password or set it back: not the vault, not the makers of Holdfast.`}
      footer={
        <Button onPress={onClose}>
          <Trans>Back to the password</Trans>
        </Button>
      }
    >
      <Ways onDigits={onDigits} ready={ready} />
      <p className="dim">
        <Trans>
          If none of these is left, the backup can’t be opened any more. Waiting costs nothing: a password often comes
          back when one stops looking for it, and the vault keeps the tries that are left.
        </Trans>
      </p>
    </Sheet>
  );
}
