/** A form whose fields say themselves what is wrong, once somebody tried to send it. */
import { useEffect, useRef, useState, type FormEvent, type RefObject } from 'react';
import type { Wrong } from './typed.ts';

export interface FormState {
  ref: RefObject<HTMLFormElement | null>;
  /** What to show at a field; null while nothing is wrong, or nobody tried yet. */
  error: (field: string) => string | null;
  onSubmit: (event: FormEvent) => void;
}

/**
 * @param wrong what is wrong now, by field
 * @param act called where nothing is; else the first wrong field takes the focus
 */
export function useForm(wrong: Wrong, act: () => void): FormState {
  const ref = useRef<HTMLFormElement>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (tries > 0) ref.current?.querySelector<HTMLElement>('input[aria-invalid="true"]')?.focus();
  }, [tries]);
  return {
    ref,
    error: (field) => (tries > 0 ? (wrong[field] ?? null) : null),
    onSubmit: (event) => {
      event.preventDefault();
      if (Object.values(wrong).every((words) => words === undefined)) {
        setTries(0);
        act();
      } else {
        setTries((count) => count + 1);
      }
    },
  };
}
