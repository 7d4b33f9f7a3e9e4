import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { CircleAlert, CircleCheck } from 'lucide-react';
import { useEffect, useId, useRef, useState, type ClipboardEvent, type KeyboardEvent, type ReactNode } from 'react';
import { flushSync } from 'react-dom';
import type { Row } from '../../preload/contract.ts';
import { Icon } from './icon.tsx';
import { cleanTyped, GROUP_DIGITS, GROUPS, groupsFromText, GROUPS_PER_ROW, hasForeign, ROWS } from './key-text.ts';

export type RowState = 'ok' | 'typo';

interface Caret {
  box: number;
  start: number;
  end: number;
}

/**
 * Boxes for the key's groups. A paste of the whole key, in any layout, fills them all; typing goes on by itself, and
 * Backspace at the start of a box goes back. Each digit stands in its own cell.
 * @param value as many groups as there are boxes, four for each row
 * @param rowStates what main found out about the rows
 */
export function KeyInput({
  value,
  onChange,
  rows = ROWS,
  rowStates = {},
  autoFocus = false,
  disabled = false,
  help = t`Digits 0–9 and letters A–F. You can paste the whole key into any box.`,
  onSubmit,
}: {
  value: readonly string[];
  onChange: (groups: string[]) => void;
  rows?: readonly Row[];
  rowStates?: Partial<Record<Row, RowState>>;
  autoFocus?: boolean;
  disabled?: boolean;
  help?: string;
  /** Enter in any box. */
  onSubmit?: () => void;
}): ReactNode {
  const boxes = useRef<(HTMLInputElement | null)[]>([]);
  const [caret, setCaret] = useState<Caret | null>(null);
  const [foreign, setForeign] = useState(false);
  const helpId = useId();
  const count = rows.length * GROUPS_PER_ROW;

  useEffect(() => {
    if (autoFocus) boxes.current[0]?.focus();
  }, [autoFocus]);

  const focus = (box: number, position: number): void => {
    const input = boxes.current[Math.min(Math.max(box, 0), count - 1)];
    input?.focus();
    input?.setSelectionRange(position, position);
  };

  /** Changes the groups and moves the caret within the same event, so that fast typing never meets an old box. */
  const commit = (groups: string[], box: number, position: number): void => {
    flushSync(() => onChange(groups));
    focus(box, position);
  };

  const withGroup = (box: number, text: string): string[] => value.map((group, i) => (i === box ? text : group));

  /** Lays digits over the boxes from `box` on and leaves the caret behind the last one. */
  const pour = (box: number, groups: readonly string[]): void => {
    const last = Math.min(box + groups.length, count) - 1;
    const lastText = groups[last - box] ?? '';
    const next = value.map((group, i) => groups[i - box] ?? group);
    if (lastText.length === GROUP_DIGITS && last < count - 1) commit(next, last + 1, 0);
    else commit(next, last, lastText.length);
  };

  const onType = (box: number, input: HTMLInputElement): void => {
    const raw = input.value;
    setForeign(hasForeign(raw));
    const before = cleanTyped(raw.slice(0, input.selectionStart ?? raw.length));
    const after = cleanTyped(raw.slice(input.selectionStart ?? raw.length));
    if (before.length > GROUP_DIGITS) {
      pour(box, (before + after).match(/.{1,4}/g) ?? []);
      return;
    }
    // A digit typed into a full box replaces the one behind the caret.
    const text = (before + after.slice(Math.max(0, before.length + after.length - GROUP_DIGITS))).slice(
      0,
      GROUP_DIGITS,
    );
    if (before.length === GROUP_DIGITS && box < count - 1) commit(withGroup(box, text), box + 1, 0);
    else commit(withGroup(box, text), box, before.length);
  };

  const onPaste = (box: number, event: ClipboardEvent<HTMLInputElement>): void => {
    event.preventDefault();
    if (disabled) return;
    const groups = groupsFromText(event.clipboardData.getData('text'));
    setForeign(groups.length === 0);
    if (groups.length === GROUPS) {
      // A whole key: each row takes its own part, also where only some rows are asked for.
      pour(
        0,
        rows.flatMap((row) =>
          groups.slice(ROWS.indexOf(row) * GROUPS_PER_ROW, (ROWS.indexOf(row) + 1) * GROUPS_PER_ROW),
        ),
      );
    } else if (groups.length > 0) pour(groups.length >= count ? 0 : box, groups.slice(0, count));
  };

  const onKeyDown = (box: number, event: KeyboardEvent<HTMLInputElement>): void => {
    const input = event.currentTarget;
    const atStart = input.selectionStart === 0 && input.selectionEnd === 0;
    const atEnd = input.selectionStart === input.value.length;
    if (event.key === 'Backspace' && atStart && box > 0 && !disabled) {
      event.preventDefault();
      const previous = value[box - 1] ?? '';
      commit(withGroup(box - 1, previous.slice(0, -1)), box - 1, Math.max(0, previous.length - 1));
    } else if (event.key === 'ArrowLeft' && atStart && box > 0) {
      event.preventDefault();
      focus(box - 1, (value[box - 1] ?? '').length);
    } else if (event.key === 'ArrowRight' && atEnd && box < count - 1) {
      event.preventDefault();
      focus(box + 1, 0);
    } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const next = box + (event.key === 'ArrowUp' ? -GROUPS_PER_ROW : GROUPS_PER_ROW);
      if (next < 0 || next >= count) return;
      event.preventDefault();
      focus(next, Math.min(input.selectionStart ?? 0, (value[next] ?? '').length));
    } else if (event.key === 'Enter') {
      onSubmit?.();
    }
  };

  const box = (row: Row, index: number): ReactNode => {
    const text = value[index] ?? '';
    const own = caret?.box === index ? caret : null;
    const bad = rowStates[row] === 'typo';
    return (
      <span key={index} className="kbox">
        <input
          ref={(element) => {
            boxes.current[index] = element;
          }}
          value={text}
          // Not `disabled`: that would take the focus from whoever has just asked for the check.
          readOnly={disabled}
          aria-label={t`Row ${row}, group ${(index % GROUPS_PER_ROW) + 1} of ${GROUPS_PER_ROW}`}
          aria-invalid={bad}
          aria-describedby={helpId}
          autoComplete="off"
          autoCapitalize="characters"
          autoCorrect="off"
          spellCheck={false}
          onChange={(event) => onType(index, event.currentTarget)}
          onPaste={(event) => onPaste(index, event)}
          onKeyDown={(event) => onKeyDown(index, event)}
          onSelect={(event) =>
            setCaret({
              box: index,
              start: event.currentTarget.selectionStart ?? 0,
              end: event.currentTarget.selectionEnd ?? 0,
            })
          }
          onBlur={() => setCaret((old) => (old?.box === index ? null : old))}
        />
        <span className="kg" aria-hidden="true">
          {Array.from({ length: GROUP_DIGITS }, (_, d) => (
            <i
              key={d}
              {...(own !== null && own.start === own.end && own.start === d ? { 'data-caret': 'before' } : {})}
              {...(own !== null && own.start === own.end && own.start === GROUP_DIGITS && d === GROUP_DIGITS - 1
                ? { 'data-caret': 'after' }
                : {})}
              {...(own !== null && d >= own.start && d < own.end ? { 'data-chosen': '' } : {})}
            >
              {text[d] ?? ''}
            </i>
          ))}
        </span>
      </span>
    );
  };

  return (
    <div className="keyin">
      {rows.map((row, r) => {
        const state = rowStates[row];
        return (
          <div
            key={row}
            className={`kin-row ${state === 'typo' ? 'kin-typo' : ''}`}
            role="group"
            aria-label={t`Row ${row}`}
          >
            <span className="kl" aria-hidden="true">
              {row}
            </span>
            {Array.from({ length: GROUPS_PER_ROW }, (_, g) => box(row, r * GROUPS_PER_ROW + g))}
            <span className="kin-state">
              {state === 'ok' && (
                <>
                  <Icon of={CircleCheck} className="good" />
                  <span className="sr">
                    <Trans>Row {row} is right</Trans>
                  </span>
                </>
              )}
              {state === 'typo' && (
                <>
                  <Icon of={CircleAlert} className="bad" />
                  <span className="sr">
                    <Trans>Row {row} has a typing error</Trans>
                  </span>
                </>
              )}
            </span>
          </div>
        );
      })}
      <p id={helpId} className={foreign ? 'help-bad' : 'help'} role="status">
        {foreign ? t`The key has only the digits 0–9 and the letters A–F.` : help}
      </p>
    </div>
  );
}
