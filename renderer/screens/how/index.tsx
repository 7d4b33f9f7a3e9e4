import { HardDrive, KeyRound, LockKeyhole, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, Icon, WizardScaffold } from '../../components/index.ts';
import { goBack, navigate } from '../../state/route.ts';
import './how.css';

const LINES: readonly { icon: LucideIcon; title: string; line: string }[] = [
  {
    icon: LockKeyhole,
    title: 'Your files are locked here, on this computer',
    line: 'Everything is encrypted before it leaves: names, folders, dates and contents.',
  },
  {
    icon: HardDrive,
    title: 'Locked files go to storage you already have',
    line: 'A folder on a disk is enough. Whoever keeps it sees only sealed boxes.',
  },
  {
    icon: KeyRound,
    title: 'Only your key opens them',
    line: '64 digits that you keep, or a password that a key vault checks. With either and the storage, any computer restores everything.',
  },
];

/** S2: how it works, in three lines. */
export default function HowScreen(): ReactNode {
  return (
    <WizardScaffold
      label="How it works"
      steps={[]}
      current=""
      pageKey="how"
      title="How Holdfast works"
      line="Three things happen, always in this order."
      width={720}
      reading
      onBack={goBack}
      note="Nothing is saved or sent until you have seen every step."
      primary={
        <Button variant="primary" size="wizard" onPress={() => navigate({ screen: 'setup', step: 'storage' })}>
          Set up this computer
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
