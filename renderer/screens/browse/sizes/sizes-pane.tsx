import { plural, t } from '@lingui/core/macro';
import { Plural, Trans } from '@lingui/react/macro';
import { CornerLeftUp, FolderOpen } from 'lucide-react';
import { useMemo, useState, type ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { SizedItem, SnapshotInfo } from '../../../../preload/contract.ts';
import {
  Button,
  EmptyState,
  formatBytes,
  formatCount,
  formatDate,
  formatPercent,
  Icon,
  IconButton,
  joined,
  Segmented,
} from '../../../components/index.ts';
import { Name } from '../../../components/name.tsx';
import { visibleName, visibleText } from '../../../components/visible.ts';
import { api, useCall } from '../../../state/bridge.ts';
import { signed } from '../compare/compare-words.ts';
import { Crumbs } from '../crumbs.tsx';
import { entryIcon } from '../entry-words.ts';
import { LookError, LookWait } from '../look-states.tsx';
import { SnapshotPicker } from '../snapshot-picker.tsx';
import type { Computer } from '../snapshots.ts';
import { useLooking } from '../use-looking.ts';
import { TreemapView, type Tile } from './treemap-view.tsx';
import { StepButtons } from '../step-buttons.tsx';

const changeOf = ({ bytes, bytesBefore }: SizedItem): number => bytes - (bytesBefore ?? 0);

function tileOf(item: SizedItem, total: number, compared: boolean): Tile {
  const change = changeOf(item);
  const line = compared ? signed(change) : formatBytes(item.bytes);
  const share = compared ? [] : [t`${formatPercent(total === 0 ? 0 : item.bytes / total)} of it`];
  return {
    id: item.id,
    name: item.name,
    value: compared ? Math.abs(change) : item.bytes,
    line,
    label: joined([visibleText(item.name), line, ...share]),
    tone: compared && change < 0 ? 'less' : item.kind === 'folder' ? 'folder' : 'file',
    inside: compared ? [] : item.inside,
  };
}

function SizesList({
  items,
  compared,
  largest,
  cursor,
  onCursor,
  onOpen,
}: {
  items: readonly SizedItem[];
  compared: boolean;
  /** Of what the bars show. */
  largest: number;
  cursor: string | null;
  onCursor: (id: string) => void;
  onOpen: (item: SizedItem) => void;
}): ReactNode {
  return (
    <table className="grid sz-table" aria-label={compared ? t`What grew and shrank` : t`Sizes`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>Name</Trans>
          </th>
          <th scope="col" className="end sz-files">
            <Trans>Files</Trans>
          </th>
          <th scope="col" className="end sz-bytes">
            {compared ? t`Difference` : t`Size`}
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => {
          const change = changeOf(item);
          const value = compared ? Math.abs(change) : item.bytes;
          return (
            <tr key={item.id} className={item.id === cursor ? 'sz-chosen' : ''} onClick={() => onCursor(item.id)}>
              <td>
                <span className="sz-name">
                  <Icon of={entryIcon(item)} className={item.kind === 'folder' ? 'i-folder' : 'i-file'} />
                  {item.kind === 'folder' && item.bytes > 0 ? (
                    <AriaButton className="link sz-link" onPress={() => onOpen(item)}>
                      <Name of={item.name} />
                    </AriaButton>
                  ) : (
                    <Name of={item.name} />
                  )}
                </span>
                <svg className="sz-bar" aria-hidden="true" width="100%" height="3">
                  <rect className="sz-track" width="100%" height="3" rx="1.5" />
                  <rect
                    className={compared && change < 0 ? 'sz-less' : 'sz-fill'}
                    width={`${largest === 0 ? 0 : (100 * value) / largest}%`}
                    height="3"
                    rx="1.5"
                  />
                </svg>
              </td>
              <td className="end num">{formatCount(item.files)}</td>
              <td className="end num" title={compared ? t`${formatBytes(item.bytesBefore ?? 0)} before` : undefined}>
                {compared ? signed(change) || t`same` : formatBytes(item.bytes)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Where the space goes in a snapshot, folder by folder; or what grew since an older one. */
export function SizesPane({
  computers,
  computer,
  snapshot,
  folderId,
  before,
  onGo,
  onFolder,
  onBack,
  onForward,
}: {
  computers: readonly Computer[];
  computer: Computer;
  snapshot: SnapshotInfo;
  folderId: string | null;
  /** What it is compared with; null: sizes alone. */
  before: SnapshotInfo | null;
  onGo: (spot: { snapshotId: string; folderId: string | null; before: string | null }) => void;
  /** Shows the files of the folder. */
  onFolder: () => void;
  onBack: (() => void) | null;
  onForward: (() => void) | null;
}): ReactNode {
  const [cursor, setCursor] = useState<string | null>(null);
  const compared = before !== null;
  const answer = useCall(['browse', 'sizes', snapshot.id, folderId, before?.id ?? null], () =>
    api.look.sizes({ snapshotId: snapshot.id, folderId, before: before?.id ?? null }),
  );
  const entries = useLooking('sizes', answer.isPending);
  const { data } = answer;
  const shown = useMemo(
    () => (data?.items ?? []).filter((item) => !compared || changeOf(item) !== 0),
    [data, compared],
  );
  const tiles = useMemo(() => {
    const own = shown.map((item) => tileOf(item, data?.bytes ?? 0, compared));
    const rest = data?.rest;
    if (rest === undefined || rest.bytes === 0 || compared) return own;
    const name = plural(rest.entries, { one: '# smaller item', other: '# smaller items' });
    const line = formatBytes(rest.bytes);
    return [
      ...own,
      { id: '', name, value: rest.bytes, line, label: joined([name, line]), tone: 'file' as const, inside: [] },
    ].sort((a, b) => b.value - a.value);
  }, [shown, data, compared]);
  const go = (next: { folderId?: string | null; snapshotId?: string; before?: string | null }): void =>
    onGo({ snapshotId: snapshot.id, folderId, before: before?.id ?? null, ...next });
  const open = (id: string): void => {
    const item = shown.find((one) => one.id === id);
    if (item?.kind === 'folder' && item.bytes > 0) go({ folderId: id });
  };
  const crumbs = (data?.crumbs ?? [{ id: null, name: '' }]).map((crumb) =>
    crumb.id === null ? { ...crumb, name: computer.name } : crumb,
  );
  const parent = crumbs.at(-2);
  const here = crumbs.at(-1);
  const up = (): void => {
    if (parent !== undefined) go({ folderId: parent.id });
  };
  const at = computer.snapshots.findIndex((one) => one.id === snapshot.id);
  const older = computer.snapshots.slice(at + 1).find((one) => !one.damaged) ?? null;
  const largest = Math.max(0, ...tiles.map((tile) => tile.value));
  const sum = data === undefined ? '' : sentence(data.bytes, data.files, data.bytesBefore, before);

  return (
    <>
      <div className="bar drag">
        <StepButtons onBack={onBack} onForward={onForward} />
        <IconButton
          label={t`Up one folder`}
          icon={CornerLeftUp}
          size="s"
          isDisabled={parent === undefined}
          onPress={up}
        />
        <Crumbs crumbs={crumbs} onGo={(id) => go({ folderId: id })} />
        <Button size="s" icon={FolderOpen} onPress={onFolder}>
          <Trans>Show files</Trans>
        </Button>
      </div>
      <section className="cmp-sides" aria-label={t`Snapshot`}>
        <SnapshotPicker
          computers={computers}
          computer={computer}
          snapshot={snapshot}
          onSelect={(id) => onGo({ snapshotId: id, folderId: null, before: null })}
          onUnlock={null}
        />
        {before !== null && (
          <>
            <span className="dim">
              <Trans>since</Trans>
            </span>
            <SnapshotPicker
              computers={[{ ...computer, snapshots: computer.snapshots.slice(at + 1) }]}
              computer={computer}
              snapshot={before}
              onSelect={(id) => go({ before: id })}
              onUnlock={null}
            />
          </>
        )}
        <span className="push">
          <Segmented
            label={t`What the areas show`}
            value={compared ? 'grew' : 'sizes'}
            onChange={(next) => go({ before: next === 'grew' ? (older?.id ?? null) : null })}
            options={[
              { value: 'sizes', word: t`Sizes` },
              { value: 'grew', word: t`What grew` },
            ]}
          />
        </span>
      </section>
      <section className="files look-rest" aria-label={t`Sizes`}>
        {answer.error !== null ? (
          <LookError error={answer.error} retrying={answer.isFetching} onRetry={() => void answer.refetch()} />
        ) : data === undefined ? (
          <LookWait title={t`Adding up sizes`} entries={entries}>
            <Trans>Every folder is counted once; after that it takes no time.</Trans>
          </LookWait>
        ) : (
          <>
            <p className="sz-sum num" role="status">
              {sum}
              {data.unread > 0 &&
                ` ${plural(data.unread, {
                  one: '# folder could not be read and is not counted.',
                  other: '# folders could not be read and are not counted.',
                })}`}
            </p>
            {tiles.length === 0 ? (
              <EmptyState
                icon={FolderOpen}
                title={compared ? t`Nothing here changed its size` : t`There are no files in here`}
              >
                {compared ? t`Choose an older snapshot, or go one folder up.` : t`Go one folder up to see more.`}
              </EmptyState>
            ) : (
              <div className="sz">
                <TreemapView
                  tiles={tiles}
                  label={t`Sizes in ${visibleName(here?.name ?? '')}`}
                  cursor={cursor}
                  onCursor={setCursor}
                  onOpen={open}
                  onUp={up}
                />
                <div className="sz-side" tabIndex={0} role="group" aria-label={t`List of sizes`}>
                  <SizesList
                    items={shown}
                    compared={compared}
                    largest={largest}
                    cursor={cursor}
                    onCursor={setCursor}
                    onOpen={(item) => go({ folderId: item.id })}
                  />
                  {data.rest.entries > 0 && (
                    <p className="t12 faint num sz-rest">
                      <Trans>
                        and <Plural value={data.rest.entries} one="# smaller item" other="# smaller items" />,{' '}
                        {formatBytes(data.rest.bytes)}
                      </Trans>
                    </p>
                  )}
                </div>
              </div>
            )}
          </>
        )}
      </section>
    </>
  );
}

function sentence(bytes: number, files: number, bytesBefore: number | null, before: SnapshotInfo | null): string {
  const size = formatBytes(bytes);
  if (before === null) return t`${size} in ${plural(files, { one: '# file', other: '# files' })}.`;
  const change = bytes - (bytesBefore ?? 0);
  const date = formatDate(before.at);
  return change === 0
    ? t`${size} in ${plural(files, { one: '# file', other: '# files' })}, as large as since ${date}.`
    : t`${size} in ${plural(files, { one: '# file', other: '# files' })}, ${signed(change)} since ${date}.`;
}
