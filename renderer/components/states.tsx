import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { CircleAlert, LoaderCircle, RotateCw, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';
import { Note } from './surfaces.tsx';

/** What a failure says: a `UserError`, or the `error` of a run. */
export interface Failure {
  message: string;
  guidance: string;
  detail?: string | undefined;
}

/** Turning ring with its words; the words are spoken. */
export function Spinner({ children }: { children: ReactNode }): ReactNode {
  return (
    <span className="row dim" role="status">
      <Icon of={LoaderCircle} className="spin" />
      {children}
    </span>
  );
}

/** Grey lines where text will stand; spoken once as `label`. */
export function Skeleton({ lines = 3, label = t`Loading` }: { lines?: number; label?: string }): ReactNode {
  return (
    <div className="stack" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} className={`skel ${['', 'skel-mid', 'skel-short'][i % 3] ?? ''}`} />
      ))}
    </div>
  );
}

/** Nothing is here yet, and that is all right: says why and what would fill it. */
export function EmptyState({
  icon,
  title,
  children,
  actions,
}: {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}): ReactNode {
  return (
    <div className="state">
      <span className="state-icon">
        <Icon of={icon} size={20} />
      </span>
      <h2 className="t15 strong">{title}</h2>
      {children !== undefined && <p className="dim">{children}</p>}
      {actions !== undefined && <div className="state-acts">{actions}</div>}
    </div>
  );
}

function Details({ error }: { error: Failure }): ReactNode {
  if (error.detail === undefined || error.detail === '') return null;
  return (
    <details className="details">
      <summary>
        <Trans>Details</Trans>
      </summary>
      <pre>{error.detail}</pre>
    </details>
  );
}

/** A part of the window that could not be filled: what happened, what to do, the technical detail on demand. */
export function ErrorState({
  error,
  onRetry,
  retrying = false,
  actions,
  wholePage = false,
}: {
  error: Failure;
  onRetry?: () => void;
  retrying?: boolean;
  actions?: ReactNode;
  /** Nothing else is on the page: its message is the title. */
  wholePage?: boolean;
}): ReactNode {
  const Heading = wholePage ? 'h1' : 'h2';
  return (
    <div className="state state-bad" role="alert">
      <span className="state-icon">
        <Icon of={CircleAlert} size={20} />
      </span>
      <Heading className="t15 strong">{error.message}</Heading>
      <p className="dim">{error.guidance}</p>
      <Details error={error} />
      <div className="state-acts">
        {onRetry && (
          <Button icon={RotateCw} pending={retrying} onPress={onRetry}>
            <Trans>Try again</Trans>
          </Button>
        )}
        {actions}
      </div>
    </div>
  );
}

/** The same three sentences inside a form or a card. */
export function ErrorNote({
  error,
  action,
  tone = 'red',
}: {
  error: Failure;
  action?: ReactNode;
  tone?: 'red' | 'amber' | 'plain';
}): ReactNode {
  return (
    <Note tone={tone} live action={action}>
      <p>
        <strong>{error.message}</strong> {error.guidance}
      </p>
      <Details error={error} />
    </Note>
  );
}
