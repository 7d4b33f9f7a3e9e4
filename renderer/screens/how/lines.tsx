import { t } from '@lingui/core/macro';
import { HardDrive, KeyRound, LockKeyhole, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Icon } from '../../components/index.ts';
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

/** What happens to files, in the order in which it does. */
export function HowLines(): ReactNode {
  return (
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
  );
}
