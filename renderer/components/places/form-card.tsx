import type { ReactNode } from 'react';
import type { UserError } from '../../state/user-error.ts';
import { Button } from '../button.tsx';
import { ErrorNote } from '../states.tsx';
import type { FormState } from './use-form.ts';

/** A place's form: title, one sentence, fields, one button; what main answered stands above the button. */
export function FormCard({
  title,
  line,
  form,
  submit,
  pending = false,
  prominent,
  error = null,
  extra,
  children,
}: {
  title: string;
  line?: ReactNode;
  form: FormState;
  /** Null where there is nothing to send. */
  submit: string | null;
  pending?: boolean;
  /** Its button is the page's primary one. */
  prominent: boolean;
  error?: UserError | null;
  /** Beside the button. */
  extra?: ReactNode;
  children?: ReactNode;
}): ReactNode {
  return (
    <form ref={form.ref} className="card place-form" aria-label={title} noValidate onSubmit={form.onSubmit}>
      <div>
        <h2 className="t20">{title}</h2>
        {line !== undefined && <p className="dim">{line}</p>}
      </div>
      {children}
      {error !== null && <ErrorNote error={error} tone="amber" />}
      <div className="place-acts">
        {submit !== null && (
          <Button type="submit" variant={prominent ? 'primary' : 'plain'} pending={pending}>
            {submit}
          </Button>
        )}
        {extra}
      </div>
    </form>
  );
}
