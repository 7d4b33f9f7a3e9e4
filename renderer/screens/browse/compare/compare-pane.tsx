import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { ArrowRight, Equal, ListFilter, RotateCcw, SearchX } from 'lucide-react';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import type { ChangeKind, SnapshotInfo } from '../../../../preload/contract.ts';
import {
  Button,
  Checkbox,
  EmptyState,
  formatCount,
  formatDate,
  Icon,
  joined,
  LinkButton,
  Segmented,
  TextField,
  Title,
} from '../../../components/index.ts';
import { api, useAction } from '../../../state/bridge.ts';
import { toast } from '../../../state/toasts.ts';
import { Chip, Chips } from '../chips.tsx';
import { LookError, LookWait } from '../look-states.tsx';
import { SnapshotPicker } from '../snapshot-picker.tsx';
import type { Computer } from '../snapshots.ts';
import { useSettled } from '../search/use-search.ts';
import { useLooking } from '../use-looking.ts';
import type { Asked } from '../versions/asked.ts';
import { CHANGE, countsOf, KINDS, summary } from './compare-words.ts';
import { ComparedList } from './compared-list.tsx';
import { itemsInView, MOST_CHOSEN, useComparison, useRows, type ComparedItem } from './use-comparison.ts';
import { StepButtons } from '../step-buttons.tsx';

/** Names that a sentence can hold. */
const NAMED = 3;

type Shape = 'folders' | 'largest';
type Chosen = ReadonlyMap<string, ComparedItem>;

/** A snapshot against another one of its computer, or against the disk now. */
export function ComparePane({
  computers,
  computer,
  snapshot,
  other,
  onSides,
  onBack,
  onForward,
  onRestore,
}: {
  computers: readonly Computer[];
  computer: Computer;
  /** The older side. */
  snapshot: SnapshotInfo;
  /** The newer side; null: the disk. */
  other: SnapshotInfo | null;
  onSides: (from: string, to: string | null) => void;
  onBack: (() => void) | null;
  onForward: (() => void) | null;
  onRestore: (asked: Asked) => void;
}): ReactNode {
  const [contents, setContents] = useState(false);
  const [kinds, setKinds] = useState<ReadonlySet<ChangeKind>>(() => new Set());
  const [typed, setTyped] = useState('');
  const [shape, setShape] = useState<Shape>('folders');
  const [closed, setClosed] = useState<ReadonlySet<string>>(() => new Set());
  const [chosen, setChosen] = useState<Chosen>(() => new Map());
  const [stopped, setStopped] = useState(false);
  const text = useSettled(typed.trim());
  const same = other?.id === snapshot.id;
  const found = useComparison(snapshot.id, other?.id ?? null, contents, !same && !stopped);
  const going = found.isFetching;
  const entries = useLooking('comparison', going);
  const show = useMemo(() => KINDS.filter((kind) => kinds.size === 0 || kinds.has(kind)), [kinds]);
  const view = useMemo(() => ({ show, text, grouped: shape === 'folders', closed }), [show, text, shape, closed]);
  const id = found.data?.comparisonId ?? null;
  const rows = useRows(going ? null : id, view);
  useEffect(() => {
    setClosed(new Set());
    setStopped(false);
  }, [snapshot.id, other?.id, contents]);
  // What is chosen is in view.
  useEffect(() => setChosen(new Map()), [id, show, text]);

  const counts = found.data === undefined ? null : countsOf(found.data);
  const restore = useAction(
    async (ids: string[] | null) => await api.look.comparedIds({ comparisonId: id ?? '', show: [...show], text, ids }),
    {
      onDone: ({ from, to }) => {
        const older = from.length > 0;
        const entryIds = older ? from : to;
        const snapshotId = older ? snapshot.id : other?.id;
        if (snapshotId === undefined || entryIds.length === 0) {
          toast.say(t`What was added since is only on your disk: no snapshot here has it.`);
          return;
        }
        const names = [...chosen.values()].filter(({ change }) => (change !== 'added') === older);
        onRestore({
          snapshotId,
          entryIds,
          count: entryIds.length,
          names: names.length === entryIds.length ? names.slice(0, NAMED).map(({ name }) => name) : [],
          later: older ? to.length : 0,
        });
      },
    },
  );
  const chooseAll = useAction(async () => await itemsInView(id ?? '', { show, text }), {
    onDone: (all) => {
      if (all === null) {
        toast.say(
          t`More than ${formatCount(MOST_CHOSEN)} can’t be chosen one by one. “Bring back all” takes them all.`,
        );
      } else setChosen(new Map(all.map((item) => [item.id, item])));
    },
  });
  const toggleKind = (kind: ChangeKind): void =>
    setKinds((before) => {
      const next = new Set(before);
      if (!next.delete(kind)) next.add(kind);
      return next;
    });
  const toggle = (item: ComparedItem): void =>
    setChosen((before) => {
      const next = new Map(before);
      if (!next.delete(item.id)) next.set(item.id, item);
      return next;
    });
  const came = [...chosen.values()].filter(({ change }) => change === 'added').length;
  const left = chosen.size - came;
  // Alone, what came later is brought back from the newer side.
  const onlyCame =
    chosen.size > 0 ? left === 0 : show.every((kind) => kind === 'added' || (counts !== null && counts[kind] === 0));
  const source = onlyCame ? other : snapshot;
  const thisComputer = computer.thisComputer;
  const nothing = counts !== null && KINDS.every((kind) => counts[kind] === 0);

  return (
    <>
      <div className="bar drag">
        <StepButtons onBack={onBack} onForward={onForward} />
        <Title className="bar-title">
          <Trans>What changed</Trans>
        </Title>
      </div>
      <section className="cmp-sides" aria-label={t`What is compared`}>
        <SnapshotPicker
          computers={computers}
          computer={computer}
          snapshot={snapshot}
          onSelect={(from) => onSides(from, other?.id ?? null)}
          onUnlock={null}
        />
        <Icon of={ArrowRight} />
        {other === null ? (
          <span className="cmp-disk">
            <span className="t15 strong">
              <Trans>This computer’s disk</Trans>
            </span>
            <span className="t12 faint">
              <Trans>as it is now</Trans>
            </span>
          </span>
        ) : (
          <SnapshotPicker
            computers={[computer]}
            computer={computer}
            snapshot={other}
            onSelect={(to) => onSides(snapshot.id, to)}
            onUnlock={null}
          />
        )}
        {thisComputer && (
          <span className="push">
            <Segmented
              label={t`Compare with`}
              value={other === null ? 'disk' : 'snapshot'}
              onChange={(next) =>
                onSides(snapshot.id, next === 'disk' ? null : (newestBut(computer, snapshot)?.id ?? null))
              }
              options={[
                { value: 'snapshot', word: t`Another snapshot` },
                { value: 'disk', word: t`The disk now` },
              ]}
            />
          </span>
        )}
      </section>
      <section className="files look-rest" aria-label={t`Differences`}>
        {same ? (
          <EmptyState icon={Equal} title={t`Both sides are the same snapshot`}>
            <Trans>Choose another one on either side.</Trans>
          </EmptyState>
        ) : found.error !== null && found.error.code !== 'stopped' ? (
          <LookError error={found.error} retrying={going} onRetry={() => void found.refetch()} />
        ) : stopped ? (
          <EmptyState
            icon={Equal}
            title={t`You stopped the comparison`}
            actions={
              <Button onPress={() => setStopped(false)}>
                <Trans>Compare again</Trans>
              </Button>
            }
          >
            <Trans>Nothing was changed.</Trans>
          </EmptyState>
        ) : going || found.data === undefined ? (
          <LookWait
            title={other === null ? t`Comparing the snapshot with your disk` : t`Comparing two snapshots`}
            entries={null}
            onStop={() => {
              setStopped(true);
              void api.look.leaveComparison().catch(() => undefined);
            }}
          >
            {entries === null
              ? t`Folders that did not change are passed over.`
              : plural(entries, { one: '# difference so far.', other: '# differences so far.' })}
          </LookWait>
        ) : (
          <>
            <div className="cmp-tools">
              <p className="cmp-sum num" role="status">
                {summary(found.data)}
                {found.data.unread > 0 &&
                  ` ${plural(found.data.unread, { one: '# item could not be looked at.', other: '# items could not be looked at.' })}`}
              </p>
              {other === null && (
                <Checkbox selected={contents} onChange={setContents} className="cmp-contents">
                  <Trans>Read the files too, to find what size and date hide</Trans>
                </Checkbox>
              )}
            </div>
            {nothing ? (
              <EmptyState icon={Equal} title={t`Nothing differs`}>
                {other === null
                  ? t`Everything in this snapshot’s folders is on your disk as it was, by size and date.`
                  : t`Both snapshots hold the same.`}
              </EmptyState>
            ) : (
              <>
                <Chips label={t`Kinds of differences`}>
                  {KINDS.filter((kind) => (counts?.[kind] ?? 0) > 0).map((kind) => (
                    <Chip key={kind} on={kinds.has(kind)} count={counts?.[kind]} onPress={() => toggleKind(kind)}>
                      <Icon of={CHANGE[kind].icon} className={`cmp-${kind}`} />
                      {CHANGE[kind].word}
                    </Chip>
                  ))}
                  <span className="push row row-wrap">
                    <TextField
                      label={t`Part of a path`}
                      hideLabel
                      small
                      icon={ListFilter}
                      placeholder={t`Part of a path`}
                      value={typed}
                      onChange={setTyped}
                      className="cmp-filter"
                    />
                    <Segmented<Shape>
                      label={t`Order`}
                      value={shape}
                      onChange={setShape}
                      options={[
                        { value: 'folders', word: t`By folder` },
                        { value: 'largest', word: t`Largest first` },
                      ]}
                    />
                  </span>
                </Chips>
                {found.data.beyond > 0 && (
                  <p className="cmp-beyond t12 dim num">
                    <Trans>
                      The first {formatCount(found.data.listed)} are listed; {formatCount(found.data.beyond)} more are
                      only counted.
                    </Trans>
                  </p>
                )}
                {rows.error !== null ? (
                  <LookError error={rows.error} retrying={false} onRetry={() => void found.refetch()} />
                ) : rows.total === 0 ? (
                  <EmptyState icon={SearchX} title={t`No difference fits the filter`}>
                    <Trans>Show other kinds, or take another part of the path.</Trans>
                  </EmptyState>
                ) : (
                  <ComparedList
                    rows={rows}
                    flat={shape === 'largest'}
                    chosen={(one) => chosen.has(one)}
                    onToggle={toggle}
                    onOnly={(item) => setChosen(new Map([[item.id, item]]))}
                    onFolder={(folder, close) =>
                      setClosed((before) => {
                        const next = new Set(before);
                        if (close) next.add(folder);
                        else next.delete(folder);
                        return next;
                      })
                    }
                    onAll={() => chooseAll.run()}
                  />
                )}
                <footer className="statusbar num">
                  <span role="status">
                    {joined([
                      chosen.size > 0
                        ? plural(chosen.size, { one: '# chosen', other: '# chosen' })
                        : plural(rows.items, { one: '# difference', other: '# differences' }),
                      ...(left > 0 && came > 0
                        ? [plural(came, { one: '# of them came later', other: '# of them came later' })]
                        : []),
                      ...(source === null ? [t`only on your disk`] : []),
                    ])}
                  </span>
                  <span className="push row row-wrap">
                    {chosen.size > 0 && (
                      <LinkButton onPress={() => setChosen(new Map())}>
                        <Trans>Clear</Trans>
                      </LinkButton>
                    )}
                    <Button
                      size="s"
                      variant="primary"
                      icon={RotateCcw}
                      pending={restore.pending}
                      isDisabled={rows.items === 0 || source === null}
                      onPress={() => restore.run(chosen.size > 0 ? [...chosen.keys()] : null)}
                    >
                      {bringBack(chosen.size > 0 ? (onlyCame ? came : left) : null, source)}
                    </Button>
                  </span>
                </footer>
              </>
            )}
          </>
        )}
      </section>
    </>
  );
}

/** The button's words. @param count null for everything */
function bringBack(count: number | null, source: SnapshotInfo | null): string {
  if (source === null) {
    return count === null
      ? t`Bring back all…`
      : plural(count, { one: 'Bring back # item…', other: 'Bring back # items…' });
  }
  const date = formatDate(source.at);
  return count === null
    ? t`Bring back all as of ${date}…`
    : t`${plural(count, { one: 'Bring back # item', other: 'Bring back # items' })} as of ${date}…`;
}

/** The newest snapshot of a computer that is another one; null where there is none. */
export function newestBut(computer: Computer, { id }: SnapshotInfo): SnapshotInfo | null {
  return computer.snapshots.find((one) => one.id !== id && !one.damaged) ?? null;
}
