import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Plus, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Button, IconButton, TextField } from '../../../components/index.ts';

/** A line that would do nothing, or undo another in a way nobody expects. */
function problemOf(line: string, rules: readonly string[]): string | null {
  if (rules.includes(line)) return t`This rule is there already.`;
  if (line.startsWith('#')) return t`A line with # in front is a comment and does nothing.`;
  if (line === '/' || line === '*' || line === '**') return t`This would leave everything out.`;
  return null;
}

/** Rules in gitignore syntax, one a line, with what they leave out now. */
export function Rules({
  rules,
  onChange,
}: {
  rules: readonly string[];
  onChange: (rules: readonly string[]) => void;
}): ReactNode {
  const [draft, setDraft] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const add = (): void => {
    const line = draft.trim();
    if (line === '') return;
    const found = problemOf(line, rules);
    setProblem(found);
    if (found !== null) return;
    onChange([...rules, line]);
    setDraft('');
  };
  return (
    <div className="rules">
      <ul aria-label={t`Rules`}>
        {rules.map((rule) => (
          <li key={rule}>
            <span className="clip" title={rule}>
              {rule}
            </span>
            <IconButton
              label={t`Remove the rule ${rule}`}
              icon={X}
              size="s"
              onPress={() => onChange(rules.filter((other) => other !== rule))}
            />
          </li>
        ))}
      </ul>
      <form
        className="rules-add"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <TextField
          label={t`New rule`}
          hideLabel
          small
          placeholder={t`*.iso or Downloads/`}
          value={draft}
          onChange={(next) => {
            setDraft(next);
            setProblem(null);
          }}
          error={problem}
          help={t`As in a .gitignore file`}
        />
        <Button type="submit" icon={Plus} isDisabled={draft.trim() === ''}>
          <Trans>Add</Trans>
        </Button>
      </form>
    </div>
  );
}
