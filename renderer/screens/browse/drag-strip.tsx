/** What becomes of a drag out of the window, for as long as it is not over. */
import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { GripVertical, TriangleAlert, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatBytes, Icon, IconButton, Spinner } from '../../components/index.ts';
import type { DragOut } from './use-drag-out.ts';

export function DragStrip({ drag }: { drag: DragOut }): ReactNode {
  const { state, end } = drag;
  return (
    <div role="status">
      {state.is !== 'none' && (
        <div className="drag-strip">
          {state.is === 'preparing' ? (
            <Spinner>
              <Trans>Getting it ready to be dragged…</Trans>
            </Spinner>
          ) : state.is === 'ready' ? (
            <>
              <Icon of={GripVertical} />
              <p>
                <strong>{plural(state.items, { one: '# item is ready.', other: '# items are ready.' })}</strong>{' '}
                <Trans>
                  Drag the rows to a folder or another program ({formatBytes(state.bytes)}). Until you close this, for
                  ten minutes at most, a copy lies unencrypted in a private folder.
                </Trans>
              </p>
            </>
          ) : (
            <>
              <Icon of={TriangleAlert} />
              <p>
                <strong>{state.error.message}</strong> {state.error.guidance}
              </p>
            </>
          )}
          <span className="push">
            <IconButton
              label={state.is === 'failed' ? t`Close` : t`Done: remove the copy`}
              icon={X}
              size="s"
              onPress={end}
            />
          </span>
        </div>
      )}
    </div>
  );
}
