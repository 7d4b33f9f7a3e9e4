import { Trans } from '@lingui/react/macro';
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { Badge, Button, ErrorNote, type Failure } from '../../components/index.ts';

/** The end of a form on a card: what one should know, and whether what stands in it is saved. */
export function SaveFoot({
  changed,
  pending,
  error,
  onUndo,
  children,
}: {
  changed: boolean;
  pending: boolean;
  error: Failure | null;
  onUndo: () => void;
  children: ReactNode;
}): ReactNode {
  return (
    <>
      <div className="card-foot">
        <p className="t12 faint">{children}</p>
        {changed ? (
          <>
            <Button size="s" variant="quiet" onPress={onUndo}>
              <Trans>Undo</Trans>
            </Button>
            <Button size="s" type="submit" pending={pending}>
              <Trans>Save</Trans>
            </Button>
          </>
        ) : (
          <Badge icon={Check}>
            <Trans>Saved</Trans>
          </Badge>
        )}
      </div>
      {error !== null && (
        <div className="card-note">
          <ErrorNote error={error} />
        </div>
      )}
    </>
  );
}
