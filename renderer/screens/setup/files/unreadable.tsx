import { plural, t } from '@lingui/core/macro';
import type { ReactNode } from 'react';
import type { SkippedItem } from '../../../../preload/contract.ts';
import { PathText, Sheet } from '../../../components/index.ts';

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
          {plural(count - items.length, { one: 'And # more of these.', other: 'And # more of these.' })}
        </p>
      )}
    </Sheet>
  );
}
