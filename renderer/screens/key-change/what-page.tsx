import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { FileLock2, Laptop, Printer, ShieldAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, Choice, Icon, WizardScaffold } from '../../components/index.ts';
import { stepsFor } from './steps.ts';

const POINTS: readonly { icon: LucideIcon; title: string; line: string }[] = [
  {
    icon: Printer,
    title: t`You get 64 new digits, on a new kit`,
    line: t`You print them and prove that the paper is right. Only then is anything changed, and nothing is stored again.`,
  },
  {
    icon: FileLock2,
    title: t`What is backed up from now on opens with the new digits only`,
    line: t`At each place the new lock is proven to open before the old one goes. A disk that is away is changed when it is back.`,
  },
  {
    icon: ShieldAlert,
    title: t`What is stored already can’t be taken back`,
    line: t`Whoever has the old digits and a copy of the storage of today can read what is in it today. Nothing can change that.`,
  },
  {
    icon: Laptop,
    title: t`Each other computer is unlocked once`,
    line: t`Its backups wait until somebody types the new digits there.`,
  },
];

/** What a change of the key does and what it cannot do, before anything is made. */
export function WhatPage({
  hasPassword,
  withPassword,
  onPassword,
  onCancel,
  onNext,
}: {
  hasPassword: boolean;
  withPassword: boolean;
  onPassword: (password: boolean) => void;
  onCancel: () => void;
  onNext: () => void;
}): ReactNode {
  return (
    <WizardScaffold
      label={t`Another key`}
      steps={stepsFor(withPassword)}
      current="what"
      pageKey="what"
      width={720}
      reading={!hasPassword}
      title={t`Another key for this backup`}
      line={t`For when somebody may have seen the digits, or a kit is lost and you don’t know to whom.`}
      onBack={onCancel}
      backWord={t`Cancel`}
      note={t`Nothing is changed before the last step.`}
      primary={
        <Button variant="primary" size="wizard" onPress={onNext}>
          <Trans>Make a new key</Trans>
        </Button>
      }
    >
      <ul className="card rows set what-points">
        {POINTS.map(({ icon, title, line }) => (
          <li key={title}>
            <Icon of={icon} size={20} />
            <div className="set-text">
              <p className="t15 strong">{title}</p>
              <p className="dim">{line}</p>
            </div>
          </li>
        ))}
      </ul>
      {hasPassword && (
        <Choice
          label={t`Your password`}
          value={withPassword ? 'again' : 'without'}
          onChange={(value) => onPassword(value === 'again')}
          options={[
            {
              value: 'again',
              title: t`Guard the new key with a password too`,
              line: t`You choose one for it. The vault’s copy of the old key is destroyed at the end.`,
            },
            {
              value: 'without',
              title: t`Only the new digits`,
              line: t`The vault’s copy of the old key is destroyed. A password can be added later.`,
            },
          ]}
        />
      )}
    </WizardScaffold>
  );
}
