import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import type { ExcludeKind, ExcludesFile } from '../../../preload/contract.ts';
import { Button, ErrorNote, Segmented, Sheet } from '../../components/index.ts';
import { Name } from '../../components/name.tsx';
import { visibleName } from '../../components/visible.ts';
import { api, useAction } from '../../state/bridge.ts';
import './import-excludes.css';

const WHY: Record<ExcludesFile['left'][number]['why'], string> = {
  'too-long': t`It is too long for a rule.`,
  'no-rule': t`It matches nothing.`,
  variable: t`It depends on a variable of another computer. Write the folder instead.`,
  expression: t`It is a regular expression; rules here know stars and question marks only.`,
  keeps: t`It keeps what other rules leave out in a way that rules here can’t. Look whether you need it.`,
  'after-keeps': t`It stands below a line that keeps something, and would leave out too much without it.`,
  roots: t`It says what to back up. Choose that under “What is backed up”.`,
};

/** What a file of rules would add, and what of it can't be taken, before anything is changed. */
export function ImportExcludesSheet({
  file: opened,
  present,
  pending,
  onAdd,
  onClose,
}: {
  file: ExcludesFile;
  /** Rules that are there already. */
  present: readonly string[];
  pending: boolean;
  onAdd: (rules: string[]) => void;
  onClose: () => void;
}): ReactNode {
  const [file, setFile] = useState(opened);
  const readAs = useAction((kind: ExcludeKind) => api.excludes.readAs({ kind }), {
    failure: 'inline',
    onDone: setFile,
  });
  const here = new Set(present);
  const added = [...new Set(file.taken.map(({ rule }) => rule))].filter((rule) => !here.has(rule));
  const known = file.taken.filter(({ rule }) => here.has(rule)).length;
  const said = new Map(file.taken.map(({ rule, text }) => [rule, text]));
  return (
    <Sheet
      open
      onClose={onClose}
      keep={pending}
      title={t`Rules of ${visibleName(file.name)}`}
      line={
        file.folder === null
          ? t`Nothing is added before you say so. Earlier snapshots keep what they have.`
          : t`They hold below ${visibleName(file.folder)} alone, as the file says. Nothing is added before you say so.`
      }
      footer={
        <>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button
            variant="primary"
            isDisabled={added.length === 0 || readAs.pending}
            pending={pending}
            onPress={() => onAdd(added)}
          >
            {plural(added.length, { one: 'Add # rule', other: 'Add # rules' })}
          </Button>
        </>
      }
    >
      <div className="import-rules">
        <div className="row row-wrap">
          <span className="dim" aria-hidden>
            <Trans>Written for</Trans>
          </span>
          <Segmented
            label={t`Written for`}
            value={file.kind}
            onChange={(kind) => readAs.run(kind)}
            options={[
              { value: 'git', word: t`Git, or Holdfast` },
              { value: 'restic', word: t`Restic` },
              { value: 'borg', word: t`Borg` },
            ]}
          />
        </div>
        {readAs.error !== null && <ErrorNote error={readAs.error} />}
        <section>
          <h3 className="label">
            {added.length === 0
              ? t`Nothing new`
              : plural(added.length, { one: '# rule is added', other: '# rules are added' })}
          </h3>
          {added.length > 0 && (
            <ul className="import-list">
              {added.map((rule) => (
                <li key={rule}>
                  <Name of={rule} className="medium" />
                  {said.get(rule) !== rule && (
                    <span className="faint">
                      <Trans>
                        for <Name of={said.get(rule) ?? ''} />
                      </Trans>
                    </span>
                  )}
                </li>
              ))}
            </ul>
          )}
          {known > 0 && (
            <p className="t12 faint">{plural(known, { one: '# is there already.', other: '# are there already.' })}</p>
          )}
        </section>
        {file.left.length > 0 && (
          <section>
            <h3 className="label">
              {plural(file.left.length, { one: '# line can’t be taken', other: '# lines can’t be taken' })}
            </h3>
            <ul className="rows lines-left">
              {file.left.map(({ line, text, why }) => (
                <li key={line}>
                  <p>
                    <span className="faint num">
                      <Trans>Line {line}</Trans>
                    </span>{' '}
                    <Name of={text} className="medium" />
                  </p>
                  <p className="dim">{WHY[why]}</p>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Sheet>
  );
}
