import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Eye, FolderOpen, RotateCcw } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Entry, SnapshotInfo } from '../../../preload/contract.ts';
import {
  Button,
  Bytes,
  exactBytes,
  exactDate,
  Facts,
  formatBytes,
  formatDate,
  Icon,
  LinkButton,
  Note,
} from '../../components/index.ts';
import { Name } from '../../components/name.tsx';
import { navigate } from '../../state/route.ts';
import { entryIcon, kindWord, sizeWords, sumOfSizes } from './entry-words.ts';

const SHOWN = 8;

/** "rw-r--r--" in words for the rest of us. */
function modeWords(mode: string): string {
  const bits = mode.slice(-9);
  const may = (at: number): string => {
    const [read, write] = [bits[at] === 'r', bits[at + 1] === 'w'];
    return read && write ? t`read and write` : read ? t`read` : write ? t`write` : t`nothing`;
  };
  if (bits.length !== 9) return mode;
  return t`Owner may ${may(0)}, group ${may(3)}, others ${may(6)}`;
}

function One({ entry }: { entry: Entry }): ReactNode {
  return (
    <>
      <header className="panel-h">
        <Icon of={entryIcon(entry)} size={20} className={entry.kind === 'folder' ? 'i-folder' : 'i-file'} />
        <div className="panel-title">
          <h2 className="t13 strong select">
            <Name of={entry.name} className="fname-wrap" />
          </h2>
          <p className="t12 faint">{kindWord(entry)}</p>
        </div>
      </header>
      <Facts
        className="panel-facts"
        items={[
          ...(entry.kind === 'symlink' && entry.linkTarget !== null
            ? [
                [t`Points to`, <Name key="t" of={entry.linkTarget} className="fname-wrap select" />] as [
                  ReactNode,
                  ReactNode,
                ],
              ]
            : []),
          ...(entry.kind === 'folder' && entry.items !== null
            ? [[t`Holds`, sizeWords(entry)] as [ReactNode, ReactNode]]
            : []),
          ...(entry.kind === 'file' && entry.size !== null
            ? [[t`Size`, exactBytes(entry.size)] as [ReactNode, ReactNode]]
            : []),
          [
            t`Modified`,
            entry.modifiedAt === null ? t`Not known` : <span key="m">{exactDate(entry.modifiedAt)}</span>,
          ] as [ReactNode, ReactNode],
          [t`Owner`, <bdi key="o">{entry.owner === '' ? t`Not known` : entry.owner}</bdi>] as [ReactNode, ReactNode],
          [
            t`Rights`,
            <span key="r">
              {modeWords(entry.mode)}
              <span className="faint t12 panel-mode">{entry.mode}</span>
            </span>,
          ] as [ReactNode, ReactNode],
        ]}
      />
    </>
  );
}

function Many({ count, whole, entries }: { count: number; whole: boolean; entries: readonly Entry[] }): ReactNode {
  const sum = entries.length === count ? sumOfSizes(entries) : null;
  return (
    <>
      <header className="panel-h">
        <div className="panel-title">
          <h2 className="t13 strong num">{plural(count, { one: '# item selected', other: '# items selected' })}</h2>
          <p className="t12 faint num">
            {sum === null ? t`What they hold is counted when you press Restore` : formatBytes(sum)}
          </p>
        </div>
      </header>
      <ul className="panel-list">
        {entries.slice(0, SHOWN).map((entry) => (
          <li key={entry.id}>
            <Icon of={entryIcon(entry)} className={entry.kind === 'folder' ? 'i-folder' : 'i-file'} />
            <Name of={entry.name} />
            <span className="num end">{sizeWords(entry)}</span>
          </li>
        ))}
        {whole && (
          <li className="dim">
            <Trans>Everything in this folder</Trans>
          </li>
        )}
        {!whole && count > Math.min(SHOWN, entries.length) && (
          <li className="faint num">
            {plural(count - Math.min(SHOWN, entries.length), { one: 'and # more', other: 'and # more' })}
          </li>
        )}
      </ul>
    </>
  );
}

function Whole({ snapshot }: { snapshot: SnapshotInfo }): ReactNode {
  return (
    <>
      <header className="panel-h">
        <div className="panel-title">
          <h2 className="t13 strong num">
            <Trans>Snapshot of {formatDate(snapshot.at)}</Trans>
          </h2>
          <p className="t12 faint">
            {snapshot.thisComputer ? (
              <Trans>
                <Name of={snapshot.computer} />, this computer
              </Trans>
            ) : (
              <Name of={snapshot.computer} />
            )}
          </p>
        </div>
      </header>
      {(snapshot.damaged || snapshot.partial) && (
        <div className="panel-note">
          {snapshot.damaged ? (
            <Note tone="red">
              <p>
                <Trans>
                  <strong>Part of it is damaged.</strong> What can still be read is shown; a check says what it
                  concerns.
                </Trans>
              </p>
            </Note>
          ) : (
            <Note tone="amber">
              <p>
                <Trans>
                  <strong>It is partial.</strong> The backup ended before everything was stored; what is here is whole.
                </Trans>
              </p>
            </Note>
          )}
        </div>
      )}
      <Facts
        className="panel-facts"
        items={[
          [t`Made`, exactDate(snapshot.at)],
          [t`Holds`, plural(snapshot.files, { one: '# file', other: '# files' })],
          [t`Size`, <Bytes key="s" of={snapshot.bytes} />],
          [
            t`Left out`,
            snapshot.skipped === 0 ? (
              t`Nothing`
            ) : snapshot.thisComputer ? (
              <LinkButton key="l" onPress={() => navigate({ screen: 'activity' })}>
                {plural(snapshot.skipped, { one: '# item', other: '# items' })}
              </LinkButton>
            ) : (
              plural(snapshot.skipped, { one: '# item', other: '# items' })
            ),
          ],
          [
            plural(snapshot.sources.length, { one: 'Folder', other: 'Folders' }),
            <ul key="f" className="panel-sources">
              {snapshot.sources.map((source) => (
                <li key={source}>
                  <Name of={source} className="fname-wrap" />
                </li>
              ))}
            </ul>,
          ],
        ]}
      />
      <p className="panel-tip t12 faint">
        <Trans>Select something to see more of it, or to restore only that.</Trans>
      </p>
    </>
  );
}

/** What is selected, in full; with nothing selected the snapshot itself. */
export function EntryPanel({
  snapshot,
  single,
  count,
  whole,
  entries,
  actionWord,
  versions,
  preparing,
  onOpen,
  onPreview,
  onRestore,
}: {
  snapshot: SnapshotInfo;
  single: Entry | null;
  count: number;
  /** True when nothing of the folder is left out. */
  whole: boolean;
  /** Those of the selected entries that have been in view. */
  entries: readonly Entry[];
  actionWord: string;
  /** The versions of the only entry, below what is known of it. */
  versions: ReactNode;
  preparing: boolean;
  onOpen: (entry: Entry) => void;
  onPreview: (entry: Entry) => void;
  onRestore: () => void;
}): ReactNode {
  return (
    <>
      <div className="panel-b">
        {single !== null ? (
          <>
            <One entry={single} />
            {versions}
          </>
        ) : count > 0 ? (
          <Many count={count} whole={whole} entries={entries} />
        ) : (
          <Whole snapshot={snapshot} />
        )}
      </div>
      <footer className="panel-f">
        {single?.kind === 'folder' && (
          <Button icon={FolderOpen} onPress={() => onOpen(single)}>
            <Trans>Open</Trans>
          </Button>
        )}
        {single?.kind === 'file' && (
          <Button icon={Eye} onPress={() => onPreview(single)}>
            <Trans>Preview</Trans>
          </Button>
        )}
        <Button variant="primary" icon={RotateCcw} pending={preparing} className="push" onPress={onRestore}>
          {actionWord}
        </Button>
      </footer>
    </>
  );
}

/** What the button says: how much it takes. */
export function restoreLabel(count: number, single: Entry | null): string {
  if (count === 0) return t`Restore everything…`;
  return single !== null ? t`Restore…` : plural(count, { one: 'Restore # item…', other: 'Restore # items…' });
}
