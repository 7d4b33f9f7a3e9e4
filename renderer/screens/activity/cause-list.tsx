import { plural, t } from '@lingui/core/macro';
import {
  Archive,
  CircleHelp,
  FileClock,
  FileLock,
  FileWarning,
  FileX,
  FolderLock,
  PlugZap,
  Tags,
  Unplug,
  type LucideIcon,
} from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { SkippedItem } from '../../../preload/contract.ts';
import { LinkButton } from '../../components/button.tsx';
import { splitPath } from '../../components/format.ts';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/name.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { accessHint, groupByCause, type Cause, type Reason } from './causes.ts';

const ICON: Record<Reason, LucideIcon> = {
  denied: FolderLock,
  'in-use': FileLock,
  changed: FileClock,
  away: Unplug,
  'io-error': FileWarning,
  attributes: Tags,
  other: CircleHelp,
  vanished: FileX,
  unsupported: PlugZap,
  'destination-inside': Archive,
};

const FIRST = 5;
const MORE = 100;

/** What stands at the end of an item's row. */
type ItemAction = (item: SkippedItem) => ReactNode;

function Items({ items, action }: { items: readonly SkippedItem[]; action: ItemAction }): ReactNode {
  const [limit, setLimit] = useState(FIRST);
  const left = items.length - limit;
  const same = new Set(items.map((item) => item.message)).size === 1;
  return (
    <>
      <ul className="skip-l">
        {items.slice(0, limit).map((item) => {
          const [folder, name] = splitPath(item.path);
          return (
            <li key={item.path}>
              <span className="skip-path">
                <Name of={name} className="medium" />
                {folder !== '' && <Name of={folder} className="faint" />}
              </span>
              {!same && <span className="faint skip-why">{item.message}</span>}
              {action(item)}
            </li>
          );
        })}
      </ul>
      {left > 0 && (
        <p className="skip-more">
          <LinkButton onPress={() => setLimit(limit + MORE)}>
            {left > MORE
              ? t`Show ${MORE} more of ${plural(left, { one: '# item', other: '# items' })}`
              : plural(left, { one: '# more', other: '# more' })}
          </LinkButton>
        </p>
      )}
    </>
  );
}

function Section({
  cause,
  action,
  hint,
  itemAction,
  level,
}: {
  cause: Cause;
  action: ReactNode;
  hint: string | null;
  itemAction: ItemAction;
  level: 2 | 3;
}): ReactNode {
  const Heading = `h${level}` as const;
  return (
    <section>
      <div className="skip-h">
        <Icon of={ICON[cause.reason]} size={20} className={cause.needsYou ? 'warn' : 'faint'} />
        <div>
          <Heading className="t15 strong">{cause.title}</Heading>
          {cause.guidance.map((sentence) => (
            <p key={sentence} className="dim">
              {sentence}
            </p>
          ))}
          {hint !== null && <p className="dim">{hint}</p>}
        </div>
        {action !== null && <div className="row skip-a">{action}</div>}
      </div>
      <Items items={cause.items} action={itemAction} />
    </section>
  );
}

/**
 * Items by cause, each cause with its fix: first what needs the user, then what is left out with nothing wrong.
 * @param action a button for a cause, or null
 * @param itemAction what can be done about one item, or null
 */
export function CauseList({
  items,
  restoring = false,
  action = () => null,
  itemAction = () => null,
}: {
  items: readonly SkippedItem[];
  restoring?: boolean;
  action?: (cause: Cause) => ReactNode;
  itemAction?: ItemAction;
}): ReactNode {
  const platform = useAppState((state) => state.platform);
  const causes = groupByCause(items, restoring);
  const section = (cause: Cause, level: 2 | 3): ReactNode => (
    <Section
      key={cause.reason}
      cause={cause}
      action={action(cause)}
      hint={restoring ? null : accessHint(cause.reason, platform)}
      itemAction={itemAction}
      level={level}
    />
  );
  const needing = causes.filter((cause) => cause.needsYou);
  const harmless = causes.filter((cause) => !cause.needsYou);
  return (
    <>
      {needing.length > 0 && <div className="skips card">{needing.map((cause) => section(cause, 2))}</div>}
      {harmless.length > 0 && (
        <>
          <h2 className="label skips-h">
            {restoring ? t`Not restored, and nothing is wrong` : t`Not backed up, and nothing is wrong`}
          </h2>
          <div className="skips card">{harmless.map((cause) => section(cause, 3))}</div>
        </>
      )}
    </>
  );
}
