import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { ChevronDown, Clock, File, PanelRight, Search, SearchX, X } from 'lucide-react';
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Input } from 'react-aria-components';
import type { FoundItem, SnapshotInfo } from '../../../../preload/contract.ts';
import { Button, EmptyState, formatCount, IconButton, Menu, Sheet, Spinner } from '../../../components/index.ts';
import { Icon } from '../../../components/icon.tsx';
import { visibleName } from '../../../components/visible.ts';
import { Chip, Chips } from '../chips.tsx';
import { LookError, LookWait } from '../look-states.tsx';
import { moveCursor } from '../selection.ts';
import { useLooking } from '../use-looking.ts';
import { useWide } from '../use-wide.ts';
import { VersionsPanel } from '../versions/versions-panel.tsx';
import type { Asked } from '../versions/asked.ts';
import type { PickedVersion } from '../versions/use-versions.ts';
import { KIND_WORDS, NO_FILTERS, TIME_WORDS, type Filters } from './filters.ts';
import { FoundList } from './found-list.tsx';
import { markedText } from './match-parts.ts';
import { MOST_ROWS, useSearch, useSettled } from './use-search.ts';
import { StepButtons } from '../step-buttons.tsx';

const PAGE_ROWS = 8;

function wordOf<K extends string>(words: readonly (readonly [K, string])[], wanted: K): string {
  return words.find(([key]) => key === wanted)?.[1] ?? '';
}

/** Every snapshot searched by name, also what is gone since; the versions of what is chosen beside it. */
export function SearchPane({
  snapshots,
  text,
  onText,
  onBack,
  onForward,
  onGo,
  onRestore,
}: {
  snapshots: readonly SnapshotInfo[];
  text: string;
  /** The text settled: worth keeping for when one comes back. */
  onText: (text: string) => void;
  onBack: (() => void) | null;
  onForward: (() => void) | null;
  /** Shows something in its folder. */
  onGo: (snapshotId: string, entryId: string) => void;
  onRestore: (asked: Asked) => void;
}): ReactNode {
  const [typed, setTyped] = useState(text);
  const [filters, setFilters] = useState<Filters>(NO_FILTERS);
  const [cursor, setCursor] = useState(0);
  const [details, setDetails] = useState(false);
  // Here, as the panel moves into a sheet where the window gets narrow.
  const picked = useState<PickedVersion>(null);
  const field = useRef<HTMLInputElement>(null);
  const panel = useRef<HTMLElement>(null);
  const list = useId();
  const wide = useWide();
  const results = useSearch(typed, filters);
  const looking = useLooking('search', results.searching);
  const { found } = results;
  const total = Math.min(found?.total ?? 0, MOST_ROWS);
  const kept = useSettled(typed.trim());
  useEffect(() => onText(kept), [kept, onText]);
  useEffect(() => setCursor(0), [results.text, filters]);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);

  const chosen = total === 0 ? undefined : results.at(Math.min(cursor, total - 1));
  const oldest = snapshots.at(-1)?.at ?? Date.now();
  const own = useMemo(
    () => new Set(snapshots.filter((one) => one.thisComputer).map((one) => one.clientId)),
    [snapshots],
  );
  const otherOf = (item: FoundItem): string | null => (own.has(item.clientId) ? null : item.computer);
  const openVersions = (): void => {
    if (chosen === undefined) return;
    if (wide) panel.current?.querySelector<HTMLElement>('[role=listbox]')?.focus();
    else setDetails(true);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') openVersions();
    else if (event.key === 'Escape' && typed !== '') setTyped('');
    else if (event.key === 'Home' || event.key === 'End' || event.altKey || event.ctrlKey || event.metaKey) return;
    else {
      const next = moveCursor(event.key, cursor, total, PAGE_ROWS);
      if (next === null) return;
      setCursor(next);
    }
    event.preventDefault();
  };
  const set = (change: Partial<Filters>): void => setFilters((before) => ({ ...before, ...change }));
  const versions = (item: FoundItem): ReactNode => (
    <VersionsPanel
      clientId={item.clientId}
      entry={{ id: item.entryId, name: item.name, kind: item.kind, folder: item.folder }}
      snapshots={snapshots}
      picked={picked}
      onShow={(snapshotId) => onGo(snapshotId, item.entryId)}
      onRestore={(asked) => {
        setDetails(false);
        onRestore(asked);
      }}
    />
  );
  const filtered = filters.kind !== 'any' || filters.time !== 'any' || filters.now !== 'any';

  return (
    <>
      <div className="bar drag">
        <StepButtons onBack={onBack} onForward={onForward} />
        <div className="input input-s search-field" data-find>
          <Icon of={Search} />
          <Input
            ref={field}
            role="combobox"
            aria-label={t`Search every snapshot`}
            aria-expanded={total > 0}
            aria-controls={list}
            aria-autocomplete="list"
            {...(total > 0 ? { 'aria-activedescendant': `found-${Math.min(cursor, total - 1)}` } : {})}
            placeholder={t`Search every snapshot`}
            value={typed}
            maxLength={400}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={onKeyDown}
          />
          {typed !== '' && (
            <IconButton
              label={t`Clear`}
              icon={X}
              size="s"
              onPress={() => {
                setTyped('');
                field.current?.focus();
              }}
            />
          )}
        </div>
      </div>
      <div className={`split ${wide && chosen !== undefined ? '' : 'split-one'}`}>
        <section className="files search" aria-label={t`Search`}>
          <header className="search-h">
            <h1>
              {results.text === '' || found === null
                ? t`Search every snapshot`
                : t`${plural(found.total, { one: '# match', other: '# matches' })} for “${visibleName(results.text)}”`}
            </h1>
            <p className="dim" role="status">
              {found === null || results.text === ''
                ? t`By name, also what you have deleted since.`
                : [
                    t`Among ${plural(found.paths, { one: '# name', other: '# names' })} in ${plural(found.snapshots, { one: '# snapshot', other: '# snapshots' })}, also what is gone since.`,
                    ...(found.incomplete > 0
                      ? [
                          plural(found.incomplete, {
                            one: '# snapshot could not be read whole.',
                            other: '# snapshots could not be read whole.',
                          }),
                        ]
                      : []),
                  ].join(' ')}
            </p>
          </header>
          {(results.text !== '' || filtered) && (
            <Chips label={t`Narrow down`}>
              <Chip on={filters.now === 'any'} count={found?.matched} onPress={() => set({ now: 'any' })}>
                <Trans>All</Trans>
              </Chip>
              <Chip
                on={filters.now === 'there'}
                count={found === null ? undefined : found.matched - found.gone}
                onPress={() => set({ now: 'there' })}
              >
                <Trans>Still there</Trans>
              </Chip>
              <Chip on={filters.now === 'gone'} count={found?.gone} onPress={() => set({ now: 'gone' })}>
                <Trans>Gone</Trans>
              </Chip>
              <span className="push row row-wrap">
                <Menu
                  label={t`Kind`}
                  trigger={
                    <Button
                      size="s"
                      icon={File}
                      iconEnd={ChevronDown}
                      className={filters.kind === 'any' ? '' : 'chip-on'}
                    >
                      {wordOf(KIND_WORDS, filters.kind)}
                    </Button>
                  }
                  items={KIND_WORDS.map(([key, word]) => ({ id: key, word, onAction: () => set({ kind: key }) }))}
                />
                <Menu
                  label={t`Time`}
                  trigger={
                    <Button
                      size="s"
                      icon={Clock}
                      iconEnd={ChevronDown}
                      className={filters.time === 'any' ? '' : 'chip-on'}
                    >
                      {wordOf(TIME_WORDS, filters.time)}
                    </Button>
                  }
                  items={TIME_WORDS.map(([key, word]) => ({ id: key, word, onAction: () => set({ time: key }) }))}
                />
              </span>
            </Chips>
          )}
          {results.error !== null ? (
            <LookError error={results.error} retrying={results.searching} onRetry={results.retry} />
          ) : typed.trim() === '' ? (
            <EmptyState icon={Search} title={t`Type a part of a name`}>
              <Trans>
                “lease” finds it anywhere in a name, “*.pdf” by its ending, “Flat/lease” inside a folder. Capitals make
                no difference.
              </Trans>
            </EmptyState>
          ) : found === null ? (
            looking === null ? (
              <div className="state">
                <Spinner>
                  <Trans>Searching</Trans>
                </Spinner>
              </div>
            ) : (
              <LookWait title={t`Reading the names in your snapshots`} entries={looking}>
                <Trans>Only the first time takes a while. What was read is kept, encrypted, on this computer.</Trans>
              </LookWait>
            )
          ) : total === 0 ? (
            <EmptyState
              icon={SearchX}
              title={filtered ? t`Nothing fits both the name and the filters` : t`No snapshot has a name like that`}
              {...(filtered
                ? {
                    actions: (
                      <Button onPress={() => setFilters(NO_FILTERS)}>
                        <Trans>Remove the filters</Trans>
                      </Button>
                    ),
                  }
                : {})}
            >
              {filtered ? t`Without the filters there may be more.` : t`Try a shorter part of the name.`}
            </EmptyState>
          ) : (
            <FoundList
              id={list}
              total={total}
              at={results.at}
              show={results.show}
              cursor={Math.min(cursor, total - 1)}
              marked={markedText(results.text)}
              since={oldest}
              otherOf={otherOf}
              onKeyDown={onKeyDown}
              onSelect={setCursor}
              onOpen={openVersions}
            />
          )}
          {found !== null && found.total > MOST_ROWS && (
            <p className="statusbar num">
              <Trans>The first {formatCount(MOST_ROWS)} are listed. Type more of the name.</Trans>
            </p>
          )}
          {!wide && chosen !== undefined && results.error === null && (
            <footer className="statusbar">
              <span className="clip">{visibleName(chosen.name)}</span>
              <span className="push row">
                <Button size="s" variant="primary" icon={PanelRight} onPress={openVersions}>
                  <Trans>Versions</Trans>
                </Button>
              </span>
            </footer>
          )}
        </section>
        {wide && chosen !== undefined && (
          <aside className="panel" aria-label={t`Versions`} ref={panel}>
            {versions(chosen)}
          </aside>
        )}
      </div>
      {!wide && (
        <Sheet
          open={details && chosen !== undefined}
          onClose={() => setDetails(false)}
          size="narrow"
          title={t`Versions`}
        >
          <div className="panel panel-sheet">{chosen !== undefined && versions(chosen)}</div>
        </Sheet>
      )}
    </>
  );
}
