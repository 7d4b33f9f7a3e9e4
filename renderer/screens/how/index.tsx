import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { HardDrive, KeyRound, LockKeyhole, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, Icon, WizardScaffold } from '../../components/index.ts';
import { goBack, navigate } from '../../state/route.ts';
import './how.css';

const LINES: readonly { icon: LucideIcon; title: string; line: string }[] = [
  {
    icon: LockKeyhole,
    title: t`Your files are locked here, on this computer`,
    line: t`Everything is encrypted before it leaves: names, folders, dates and contents.`,
  },
  {
    icon: HardDrive,
    title: t`Locked files go to storage you already have`,
    line: t`A folder on a disk is enough. Whoever keeps it sees only sealed boxes.`,
  },
  {
    icon: KeyRound,
    title: t`Only your key opens them`,
    line: t`64 digits that you keep, or a password that a key vault checks. With either and the storage, any computer restores everything.`,
  },
];

/** S2: how it works, in three lines. */
export default function HowScreen(): ReactNode {
  return (
    <WizardScaffold
      label={t`How it works`}
      steps={[]}
      current=""
      pageKey="how"
      title={t`How Holdfast works`}
      line={t`Three things happen, always in this order.`}
      width={720}
      reading
      onBack={goBack}
      note={t`Nothing is saved or sent until you have seen every step.`}
      primary={
        <Button variant="primary" size="wizard" onPress={() => navigate({ screen: 'setup', step: 'storage' })}>
          <Trans>Set up this computer</Trans>
        </Button>
      }
    >
      <ol className="how">
        {LINES.map(({ icon, title, line }) => (
          <li key={title}>
            <span className="how-icon">
              <Icon of={icon} size={20} />
            </span>
            <div>
              <h2 className="t15 strong">{title}</h2>
              <p className="dim">{line}</p>
            </div>
          </li>
        ))}
      </ol>
    </WizardScaffold>
  );
}
