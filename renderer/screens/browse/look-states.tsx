/** What every look across snapshots says while it waits, while the app is locked, and where it failed. */
import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { LockOpen } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Button, EmptyState, ErrorState } from '../../components/index.ts';
import { UnlockSheet } from '../../components/unlock-sheet.tsx';
import type { UserError } from '../../state/user-error.ts';

/** A failure, or the way to unlock where that is all it takes. */
export function LookError({
  error,
  retrying,
  onRetry,
}: {
  error: UserError;
  retrying: boolean;
  onRetry: () => void;
}): ReactNode {
  const [unlocking, setUnlocking] = useState(false);
  if (error.code !== 'locked') return <ErrorState error={error} retrying={retrying} onRetry={onRetry} />;
  return (
    <>
      <EmptyState
        icon={LockOpen}
        title={t`Your key opens this`}
        actions={
          <Button variant="primary" icon={LockOpen} onPress={() => setUnlocking(true)}>
            <Trans>Unlock</Trans>
          </Button>
        }
      >
        <Trans>Names and contents need your key. Backups go on without it.</Trans>
      </EmptyState>
      <UnlockSheet open={unlocking} onClose={() => setUnlocking(false)} />
    </>
  );
}

/** Something that may take a while the first time: what it does, and how far it is. */
export function LookWait({
  title,
  entries,
  children,
  onStop,
}: {
  title: string;
  entries: number | null;
  children: ReactNode;
  onStop?: () => void;
}): ReactNode {
  return (
    <div className="state look-wait" role="status">
      <h2 className="t15 strong">{title}</h2>
      <p className="dim num">
        {entries === null || entries === 0
          ? children
          : plural(entries, { one: '# name so far.', other: '# names so far.' })}
      </p>
      <progress aria-label={title} />
      {onStop !== undefined && (
        <div className="state-acts">
          <Button onPress={onStop}>
            <Trans>Stop</Trans>
          </Button>
        </div>
      )}
    </div>
  );
}
