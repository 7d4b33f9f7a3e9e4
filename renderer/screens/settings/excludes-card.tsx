import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { FileDown, FileUp } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import type { ExcludesFile } from '../../../preload/contract.ts';
import { Button, Card, formatCount, TextField } from '../../components/index.ts';
import { joined } from '../../components/format.ts';
import { visibleName } from '../../components/visible.ts';
import { api, useAction } from '../../state/bridge.ts';
import { useChosenPlan } from '../../state/chosen-plan.ts';
import { toast } from '../../state/toasts.ts';
import { ImportExcludesSheet } from './import-excludes-sheet.tsx';
import { activePatterns, parsePatterns } from './patterns.ts';
import { SaveFoot } from './save-foot.tsx';

const MAX_LINES = 5000;
const MAX_LENGTH = 4096;

const EXAMPLES: readonly [pattern: string, meaning: string][] = [
  ['node_modules/', t`every folder of this name`],
  ['*.tmp', t`every file that ends so`],
  ['/home/me/Games', t`this one folder`],
  ['!important.tmp', t`but not this one`],
  [t`# a note`, t`only for you`],
];

function fault(lines: readonly string[]): string | null {
  if (lines.length > MAX_LINES)
    return t`At most ${formatCount(MAX_LINES)} rules fit; these are ${formatCount(lines.length)}.`;
  const long = lines.findIndex((line) => line.length > MAX_LENGTH);
  return long < 0 ? null : t`Rule ${long + 1} is too long: at most ${formatCount(MAX_LENGTH)} characters.`;
}

/** The rules of what is left out, one a line, in the syntax of .gitignore. */
export function ExcludesCard(): ReactNode {
  const { name, excludes: stored, setExcludes } = useChosenPlan();
  const saved = stored.join('\n');
  const [text, setText] = useState(saved);
  const [base, setBase] = useState(saved);
  // Rules changed elsewhere (from the list of skipped items) appear here unless something unsaved is in the field.
  useEffect(() => {
    if (saved === base) return;
    setText((now) => (now === base ? saved : now));
    setBase(saved);
  }, [saved, base]);
  const lines = parsePatterns(text);
  const wrong = fault(lines);
  const rules = plural(activePatterns(lines).length, { one: '# rule', other: '# rules' });
  const changed = lines.join('\n') !== parsePatterns(saved).join('\n');
  const save = useAction((excludes: string[]) => setExcludes(excludes), { failure: 'inline' });
  const [file, setFile] = useState<ExcludesFile | null>(null);
  const open = useAction(() => api.excludes.open(), { onDone: setFile });
  const write = useAction(() => api.excludes.save({ excludes: parsePatterns(saved) }), {
    onDone: (done) => done && toast.done(t`The rules are saved as a file.`),
  });
  /** What is half typed is saved with them. */
  const addAll = async (rules: readonly string[]): Promise<string[]> => {
    const all = [...lines, ...rules];
    await setExcludes(all);
    return all;
  };
  const add = useAction(addAll, {
    onDone: (all) => {
      setText(all.join('\n'));
      setFile(null);
      toast.done(t`The rules hold from the next backup on.`);
    },
  });
  return (
    <Card title={t`What is left out`} aside={name === null ? rules : joined([visibleName(name), rules])}>
      <div className="excludes">
        <TextField
          label={t`Rules, one a line`}
          hideLabel
          small
          rows={9}
          value={text}
          onChange={setText}
          error={wrong}
          placeholder={t`Nothing is left out`}
        />
        <dl className="examples t12">
          {EXAMPLES.map(([pattern, meaning]) => (
            <div key={pattern}>
              <dt>{pattern}</dt>
              <dd className="faint">{meaning}</dd>
            </div>
          ))}
        </dl>
        <div className="row row-wrap excludes-files">
          <Button size="s" icon={FileDown} pending={open.pending} onPress={() => open.run()}>
            <Trans>Add from a file…</Trans>
          </Button>
          <Button
            size="s"
            variant="quiet"
            icon={FileUp}
            pending={write.pending}
            isDisabled={stored.length === 0}
            onPress={() => write.run()}
          >
            <Trans>Save as a file…</Trans>
          </Button>
        </div>
      </div>
      <SaveFoot
        changed={changed}
        pending={save.pending}
        error={save.error}
        onUndo={() => setText(saved)}
        save={{ word: t`Save the rules`, isDisabled: wrong !== null, onPress: () => save.run(lines) }}
      >
        <Trans>
          The syntax of .gitignore. Folders that carry a CACHEDIR.TAG are left out too. Earlier snapshots keep what they
          have.
        </Trans>
      </SaveFoot>
      {file !== null && (
        <ImportExcludesSheet
          file={file}
          present={lines}
          pending={add.pending}
          onAdd={(rules) => add.run(rules)}
          onClose={() => setFile(null)}
        />
      )}
    </Card>
  );
}
