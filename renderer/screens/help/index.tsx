import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import {
  FolderPlus,
  HardDrive,
  History,
  KeyRound,
  Laptop,
  ListX,
  RotateCcw,
  Search,
  type LucideIcon,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { keysFor } from '../../commands/commands.ts';
import { Button, Card, Head, Icon } from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { navigate, type Route } from '../../state/route.ts';
import { HowLines } from '../how/lines.tsx';
import './help.css';

interface Task {
  icon: LucideIcon;
  title: string;
  line: string;
  /** Where it is done; none where that is not this computer. */
  to?: { word: string; route: Route };
}

const TASKS: readonly Task[] = [
  {
    icon: Search,
    title: t`Find a file that is gone`,
    line: t`The search looks through every backup by name, also for what was deleted since.`,
    to: { word: t`Search`, route: { screen: 'browse', view: 'search' } },
  },
  {
    icon: History,
    title: t`Get an older version back`,
    line: t`Select the file in Browse: its versions are listed beside it. The one you have stays, unless you say otherwise.`,
    to: { word: t`Browse`, route: { screen: 'browse' } },
  },
  {
    icon: RotateCcw,
    title: t`Restore a folder, or everything`,
    line: t`Open it in Browse and press Restore. A new folder is proposed, so nothing is overwritten.`,
    to: { word: t`Browse`, route: { screen: 'browse' } },
  },
  {
    icon: Laptop,
    title: t`Go on with a new computer`,
    line: t`Install Holdfast there, choose “Restore an existing backup”, connect the same storage, and enter your digits or your password.`,
  },
  {
    icon: FolderPlus,
    title: t`Back up more, or less`,
    line: t`Folders are added and removed under “What is backed up”. What is stored already stays.`,
    to: { word: t`Folders`, route: { screen: 'settings', section: 'sources' } },
  },
  {
    icon: HardDrive,
    title: t`Add a second place`,
    line: t`A disk, a server or a cloud beside the one you have. A place that was away catches up by itself.`,
    to: { word: t`Places`, route: { screen: 'settings', section: 'destinations' } },
  },
  {
    icon: KeyRound,
    title: t`The kit is lost, or the password forgotten`,
    line: t`Protection says what still opens your backup. Look while this computer is unlocked.`,
    to: { word: t`Protection`, route: { screen: 'protection' } },
  },
  {
    icon: ListX,
    title: t`Something could not be backed up`,
    line: t`Each run in Activity lists what it could not take, why, and what to do about it.`,
    to: { word: t`Activity`, route: { screen: 'activity' } },
  },
];

const WORDS: readonly (readonly [word: string, meaning: string])[] = [
  [t`Snapshot`, t`All that is backed up, as it was at one moment. Each backup makes one.`],
  [t`Destination`, t`A place that backups go to. Each holds everything, and one is enough to restore.`],
  [t`Key`, t`The 64 digits. The kit is the page that they are printed on.`],
  [
    t`Key vault`,
    t`Checks a password without seeing it, and destroys its copy of the key after ten wrong ones in a row.`,
  ],
  [t`Locked`, t`The key is not in memory: backups go on, and nobody can look into them.`],
  [t`Behind`, t`The newest backup is not complete at this place yet. It is brought there by itself.`],
];

/** The usual questions, each with the place where it is done; nothing is fetched for it. */
export default function HelpScreen(): ReactNode {
  const platform = useAppState((state) => state.platform);
  return (
    <>
      <div className="bar drag" />
      <div className="body">
        <div className="help-page">
          <Head
            title={t`What do you want to do?`}
            line={t`${keysFor(['Mod', 'K'], platform)} finds every command by its name, ${keysFor(['Mod', '/'], platform)} lists the keys.`}
          />
          <ul className="card rows help-tasks">
            {TASKS.map(({ icon, title, line, to }) => (
              <li key={title}>
                <Icon of={icon} size={20} />
                <div>
                  <h2 className="t15 strong">{title}</h2>
                  <p className="dim">{line}</p>
                </div>
                {to !== undefined && <Button onPress={() => navigate(to.route)}>{to.word}</Button>}
              </li>
            ))}
          </ul>
          <Card title={t`What the words mean`}>
            <dl className="card-in help-words">
              {WORDS.map(([word, meaning]) => (
                <div key={word}>
                  <dt className="medium">{word}</dt>
                  <dd className="dim">{meaning}</dd>
                </div>
              ))}
            </dl>
          </Card>
          <section>
            <h2 className="t20">
              <Trans>How Holdfast works</Trans>
            </h2>
            <HowLines />
          </section>
        </div>
      </div>
    </>
  );
}
