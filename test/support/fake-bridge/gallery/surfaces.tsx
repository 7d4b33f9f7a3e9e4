/** What holds and what tells: cards, notes, facts, names and paths, and a part of the window that is empty, broken or not there yet. */
import { FolderClock, HardDrive, Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import {
  Bytes,
  Button,
  Card,
  EmptyState,
  ErrorNote,
  ErrorState,
  Facts,
  Note,
  PathText,
  Progress,
  Skeleton,
  Spinner,
  When,
} from '../../../../renderer/components/index.ts';
import { Name } from '../../../../renderer/components/name.tsx';
import { LONG_NAME } from '../data.ts';
import { One } from './frame.tsx';
import { say } from './say.ts';

const FAILURE = {
  message: say('The folder of your backup is not there.'),
  guidance: say('Nothing was changed.'),
  detail: 'ENOENT: no such file or directory',
};
const DAY_MS = 86_400_000;
const LINE = say('Changes hold from the next backup on. Old backups go only by the rule under “What is kept”.');

export function Surfaces(): ReactNode {
  return (
    <>
      <One name="Card">
        <Card
          title={say('Destinations')}
          aside={say('Up to date')}
          actions={<Button icon={Plus}>{say('Add a place…')}</Button>}
        >
          <p className="gal-pad">{LINE}</p>
        </Card>
      </One>
      <One name="Facts, When, Bytes">
        <Card className="gal-pad">
          <Facts
            items={[
              [say('Last backup'), <When key="a" at={Date.now() - 26 * 60_000} ago start />],
              [say('First backup'), <When key="b" at={Date.now() - 212 * DAY_MS} />],
              [say('Stored'), <Bytes key="c" of={286_400_000_000} />],
              [say('Folder'), <PathText key="d" path={`/media/maren/Tidepool/${LONG_NAME}/Holdfast`} />],
            ]}
          />
        </Card>
      </One>
      <One name="Note">
        <Note>{LINE}</Note>
        <Note tone="good">{say('Everything works')}</Note>
        <Note tone="amber" action={<Button size="s">{say('Compare')}</Button>}>
          {LINE}
        </Note>
        <Note tone="red">{say('Nobody can reset this password')}</Note>
      </One>
      <One name="ErrorNote">
        <ErrorNote error={FAILURE} />
        <ErrorNote error={FAILURE} tone="amber" action={<Button size="s">{say('Try again')}</Button>} />
      </One>
      <One name="Name">
        <p>
          <Name of="رسالة إلى الأرشيف.odt" />
        </p>
        <p>
          <Name of={'invoice\u202Efdp.exe'} />
        </p>
        <p>
          <Name of={'two\nlines\tand a tab'} />
        </p>
        <p className="clip">
          <Name of={LONG_NAME} />
        </p>
      </One>
      <One name="Progress, Spinner, Skeleton">
        <Progress label={say('Stored')} value={0} />
        <Progress label={say('Stored')} value={0.62} />
        <Progress label={say('Stored')} value={1} />
        <Progress label={say('Stored')} value={null} />
        <Spinner>{say('Looking into this folder')}</Spinner>
        <Skeleton />
      </One>
      <One name="EmptyState">
        <Card>
          <EmptyState
            icon={FolderClock}
            title={say('Nothing stored yet')}
            actions={<Button variant="primary">{say('Back up now')}</Button>}
          >
            {say('Names and contents need your key. Backups go on without it.')}
          </EmptyState>
        </Card>
      </One>
      <One name="ErrorState">
        <Card>
          <ErrorState
            error={FAILURE}
            onRetry={() => undefined}
            actions={<Button icon={HardDrive}>{say('Change')}</Button>}
          />
        </Card>
      </One>
    </>
  );
}
