import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import type { SkippedItem } from '../../../../preload/contract.ts';
import { formatCount, PathText, Sheet } from '../../../components/index.ts';

/** What can't be read now, each with its fix. */
export function UnreadableSheet({
  open,
  onClose,
  items,
  count,
}: {
  open: boolean;
  onClose: () => void;
  items: readonly SkippedItem[];
  count: number;
}): ReactNode {
  return (
    <Sheet
      open={open}
      onClose={onClose}
      title={t`${plural(count, { one: '# item', other: '# items' })} can’t be read now`}
      line={t`Everything else is backed up. Each of these has a fix, or a reason to leave it; you can look again later.`}
    >
      <ul className="rows unread">
        {items.map((item) => (
          <li key={item.path}>
            <PathText path={item.path} className="medium" />
            <p className="dim">
              {item.message} {item.guidance}
            </p>
          </li>
        ))}
      </ul>
      {count > items.length && (
        <p className="faint">
          <Trans>And {formatCount(count - items.length)} more of these.</Trans>
        </p>
      )}
    </Sheet>
  );
}
