import { plural, t } from '@lingui/core/macro';
import { Plural, Trans } from '@lingui/react/macro';
import { FolderPlus, SlidersHorizontal, TriangleAlert } from 'lucide-react';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Place, SkippedItem, SourceNode } from '../../../../preload/contract.ts';
import {
  Button,
  ErrorNote,
  ErrorState,
  formatBytes,
  Icon,
  LinkButton,
  Note,
  Skeleton,
} from '../../../components/index.ts';
import { useAppState } from '../../../state/app-state.tsx';
import { api, useAction, useCall } from '../../../state/bridge.ts';
import { goBack } from '../../../state/route.ts';
import { SetupPage } from '../step.tsx';
import { RegisteringSheet } from '../../password/registering.tsx';
import { joinsExisting, makesPassword, readyPlaces, useWizard } from '../wizard.ts';
import { Rules } from './rules.tsx';
import { isBelow, toggle, type Selection } from './selection.ts';
import { Tree } from './tree.tsx';
import { UnreadableSheet } from './unreadable.tsx';
import { useMeasures, type Measures } from './use-measure.ts';
import { flatten, isNote, useTree } from './use-tree.ts';

/** Single files below an opened folder are counted up to this many. */
const MAX_FILES_COUNTED = 100;

interface Totals {
  files: number;
  bytes: number;
  excludedFiles: number;
  excludedBytes: number;
  unreadable: SkippedItem[];
  unreadableCount: number;
  done: boolean;
}

function totalsOf(sources: readonly Place[], measures: Measures): Totals {
  const totals: Totals = {
    files: 0,
    bytes: 0,
    excludedFiles: 0,
    excludedBytes: 0,
    unreadable: [],
    unreadableCount: 0,
    done: true,
  };
  for (const source of sources) {
    const measure = measures.get(source.cap);
    if (measure === undefined || !measure.done || measure.stale) totals.done = false;
    if (measure === undefined) continue;
    totals.files += measure.files;
    totals.bytes += measure.bytes;
    totals.excludedFiles += measure.excludedFiles;
    totals.excludedBytes += measure.excludedBytes;
    totals.unreadable.push(...measure.unreadable);
    totals.unreadableCount += measure.unreadableCount;
  }
  return totals;
}

function Chooser({
  suggested,
  defaults,
}: {
  suggested: readonly SourceNode[];
  defaults: readonly string[];
}): ReactNode {
  const { wizard } = useWizard();
  const platform = useAppState((s) => s.platform);
  const [tops, setTops] = useState(suggested);
  const [selection, setSelection] = useState<Selection>(() => ({
    sources: suggested.filter((node) => node.suggested),
    rules: defaults,
  }));
  const [reading, setReading] = useState(false);
  const { open, listings, setOpen } = useTree();
  const rows = useMemo(() => flatten(tops, open, listings), [tops, open, listings]);

  const caps = useMemo(() => {
    const first = selection.sources.map((source) => source.cap);
    let files = 0;
    const others = rows.flatMap((row) => {
      if (isNote(row)) return [];
      if (row.node.kind === 'file' && ++files > MAX_FILES_COUNTED) return [];
      return [row.node.cap];
    });
    return [...new Set([...first, ...others])];
  }, [rows, selection.sources]);
  const { measures, error: measureError } = useMeasures(caps, selection.rules);
  const totals = totalsOf(selection.sources, measures);

  const add = useAction(api.setup.chooseSource, {
    onDone: (node) => {
      if (node === null) return;
      const known = tops.some((top) => top.path === node.path || isBelow(node.path, top.path, platform));
      if (!known) setTops((old) => [...old, node]);
      setSelection((old) =>
        old.sources.some((source) => source.path === node.path) ? old : toggle(node, old, platform),
      );
    },
  });
  const password = makesPassword(wizard);
  const registering = useAppState((state) => state.registering);
  const finish = useAction(
    () =>
      api.setup.finish({
        destinations: readyPlaces(wizard).map(({ draft }) => draft.cap),
        sources: selection.sources.map((source) => source.cap),
        excludes: [...selection.rules],
        consents: { nobodyCanHelp: true, keptSafe: true },
        protection: password ? 'password' : 'key',
        adopt: joinsExisting(wizard) ? wizard.adopt : null,
      }),
    { failure: 'inline' },
  );

  const tight = readyPlaces(wizard).find(({ test }) => test?.freeBytes != null && totals.bytes > test.freeBytes);
  const nothing = selection.sources.length === 0;

  return (
    <SetupPage
      current="files"
      pageKey="files"
      title={t`What should be backed up?`}
      line={t`The usual folders are ticked. A ticked folder takes everything in it, also what you add later.`}
      onBack={goBack}
      note={nothing ? t`Tick at least one folder.` : t`You can change all of this later.`}
      primary={
        <Button
          variant="primary"
          size="wizard"
          isDisabled={nothing}
          pending={finish.pending}
          onPress={() => finish.run()}
        >
          <Trans>Start the first backup</Trans>
        </Button>
      }
    >
      {finish.error !== null && (
        <div className="files-error">
          <ErrorNote error={finish.error} />
        </div>
      )}
      <div className="files-page">
        <section className="card files-tree" aria-label={t`Folders`}>
          <Tree
            rows={rows}
            selection={selection}
            platform={platform}
            measures={measures}
            onToggle={(node) => setSelection((old) => toggle(node, old, platform))}
            onOpen={setOpen}
          />
          <div className="files-add">
            <Button variant="quiet" icon={FolderPlus} pending={add.pending} onPress={() => add.run()}>
              <Trans>Add another folder…</Trans>
            </Button>
          </div>
        </section>
        <aside className="files-side" aria-label={t`Summary`}>
          <div className="files-sum">
            <p className="label">
              <Trans>Will be backed up</Trans>
            </p>
            <p className="big num" role="status">
              {formatBytes(totals.bytes)}
              {!totals.done && !nothing && (
                <span className="sr">
                  <Trans>, still counting</Trans>
                </span>
              )}
            </p>
            <p className="dim num">
              {plural(totals.files, { one: '# file', other: '# files' })}
              {!totals.done && !nothing && t`, still counting`}
            </p>
          </div>
          {measureError !== null && <ErrorNote error={measureError} tone="amber" />}
          {tight !== undefined && (
            <Note tone="amber" live>
              <Trans>
                <strong>This may not fit.</strong> <bdi>{tight.draft.name}</bdi> has{' '}
                {formatBytes(tight.test?.freeBytes ?? 0)} free. Compression and files that occur twice help, but don’t
                count on it.
              </Trans>
            </Note>
          )}
          {totals.unreadableCount > 0 && (
            <div className="files-unread">
              <Icon of={TriangleAlert} className="warn" />
              <p>
                <span className="medium">
                  <Trans>
                    <Plural value={totals.unreadableCount} one="# item" other="# items" /> can’t be read.
                  </Trans>
                </span>{' '}
                <LinkButton onPress={() => setReading(true)}>
                  <Trans>See why, and the fix</Trans>
                </LinkButton>
              </p>
            </div>
          )}
          <section className="files-rules" aria-label={t`Left out`}>
            <div className="sec">
              <Icon of={SlidersHorizontal} className="faint" />
              <h2>
                <Trans>Left out</Trans>
              </h2>
              <span className="t12 faint num push">
                {totals.excludedFiles > 0
                  ? t`${plural(totals.excludedFiles, { one: '# file', other: '# files' })}, ${formatBytes(totals.excludedBytes)}`
                  : t`Nothing so far`}
              </span>
            </div>
            <Rules rules={selection.rules} onChange={(rules) => setSelection((old) => ({ ...old, rules }))} />
            <p className="help">
              <Trans>Folders that mark themselves as caches are left out too.</Trans>
            </p>
          </section>
        </aside>
      </div>
      <RegisteringSheet
        open={password && finish.pending}
        step={registering}
        after={t`Making the backup and starting it`}
      />
      <UnreadableSheet
        open={reading}
        onClose={() => setReading(false)}
        items={totals.unreadable}
        count={totals.unreadableCount}
      />
    </SetupPage>
  );
}

/** S8: what to back up. */
export function FilesStep(): ReactNode {
  const sources = useCall(['setup', 'suggestSources'], api.setup.suggestSources);
  const excludes = useCall(['setup', 'defaultExcludes'], api.setup.defaultExcludes);
  const error = sources.error ?? excludes.error;
  useEffect(() => () => void api.setup.measure({ id: 'end', caps: [], excludes: [] }).catch(() => undefined), []);
  if (sources.data !== undefined && excludes.data !== undefined) {
    return <Chooser suggested={sources.data} defaults={excludes.data} />;
  }
  const retry = (): void => {
    void sources.refetch();
    void excludes.refetch();
  };
  return (
    <SetupPage current="files" pageKey="files-wait" title={t`What should be backed up?`} onBack={goBack}>
      {error === null ? <Skeleton label={t`Looking at your folders`} /> : <ErrorState error={error} onRetry={retry} />}
    </SetupPage>
  );
}
