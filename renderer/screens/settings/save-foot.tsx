import { Trans } from '@lingui/react/macro';
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { Badge, Button, ErrorNote, type Failure } from '../../components/index.ts';

/** The end of what is filled in on a card: what one should know, and whether what stands in it is saved. */
export function SaveFoot({
  changed,
  pending,
  error,
  onUndo,
  save,
  children,
}: {
  changed: boolean;
  pending: boolean;
  error: Failure | null;
  onUndo: () => void;
  /** Where the card is no form: what its button says and does. */
  save?: { word: string; isDisabled: boolean; onPress: () => void };
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
            {save === undefined ? (
              <Button size="s" type="submit" pending={pending}>
                <Trans>Save</Trans>
              </Button>
            ) : (
              <Button size="s" pending={pending} isDisabled={save.isDisabled} onPress={save.onPress}>
                {save.word}
              </Button>
            )}
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
