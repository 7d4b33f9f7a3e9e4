import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Plus, X } from 'lucide-react';
import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Button, IconButton, TextField } from '../../../components/index.ts';

/** A line that would do nothing, or undo another in a way nobody expects. */
function problemOf(line: string, rules: readonly string[]): string | null {
  if (rules.includes(line)) return t`This rule is there already.`;
  if (line.startsWith('#')) return t`A line with # in front is a comment and does nothing.`;
  if (line === '/' || line === '*' || line === '**') return t`This would leave everything out.`;
  return null;
}

/**
 * Rules in gitignore syntax, one a line, with what they leave out now. The list is one stop for Tab: arrows move in it,
 * Delete removes, and whoever removes one stays in it.
 */
export function Rules({
  rules,
  onChange,
}: {
  rules: readonly string[];
  onChange: (rules: readonly string[]) => void;
}): ReactNode {
  const [draft, setDraft] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const at = Math.min(active, rules.length - 1);
  const list = useRef<HTMLUListElement>(null);
  const field = useRef<HTMLInputElement>(null);
  /** Once the page has it: the button of a rule, or the field where no rule is left. */
  const focusRule = (index: number): void => {
    setActive(index);
    requestAnimationFrame(() => (list.current?.querySelectorAll('button')[index] ?? field.current)?.focus());
  };
  const remove = (index: number): void => {
    onChange(rules.filter((_, other) => other !== index));
    focusRule(Math.max(0, Math.min(index, rules.length - 2)));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const last = rules.length - 1;
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last }[event.key];
    if (next !== undefined) focusRule(Math.max(0, Math.min(last, next)));
    else if (event.key === 'Delete' || event.key === 'Backspace') remove(at);
    else return;
    event.preventDefault();
  };
  const add = (): void => {
    const line = draft.trim();
    if (line === '') return;
    const found = problemOf(line, rules);
    setProblem(found);
    if (found !== null) return;
    onChange([...rules, line]);
    setDraft('');
    field.current?.focus(); // the button that was pressed has nothing more to add
  };
  return (
    <div className="rules">
      <ul ref={list} aria-label={t`Rules`} onKeyDown={onKeyDown}>
        {rules.map((rule, index) => (
          <li key={rule}>
            <span className="clip" title={rule}>
              {rule}
            </span>
            <IconButton
              label={t`Remove the rule ${rule}`}
              icon={X}
              size="s"
              excludeFromTabOrder={index !== at}
              onFocus={() => setActive(index)}
              onPress={() => remove(index)}
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
          inputRef={field}
          hideLabel
          small
          placeholder={t`*.iso or Downloads/`}
          value={draft}
          onChange={(next) => {
            setDraft(next);
            setProblem(null);
          }}
          error={problem}
          help={t`A name, or a pattern as in a .gitignore file: * stands for anything`}
        />
        <Button type="submit" icon={Plus} isDisabled={draft.trim() === ''}>
          <Trans>Add</Trans>
        </Button>
      </form>
    </div>
  );
}
