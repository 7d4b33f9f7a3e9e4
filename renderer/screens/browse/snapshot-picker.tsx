import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { ChevronDown, LockOpen, Pin, PinOff, ShieldAlert, TriangleAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import {
  Button as AriaButton,
  Collection,
  DialogTrigger,
  Header,
  ListBox,
  ListBoxItem,
  ListBoxSection,
  ListLayout,
  Popover,
  Virtualizer,
} from 'react-aria-components';
import type { SnapshotInfo } from '../../../preload/contract.ts';
import {
  Badge,
  Button,
  capital,
  formatBytes,
  formatDate,
  formatDay,
  formatTime,
  Icon,
  IconButton,
  joined,
  Segmented,
  useNow,
} from '../../components/index.ts';
import { Name } from '../../components/name.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';
import { byDay, type Computer } from './snapshots.ts';

export function SnapshotBadges({ snapshot }: { snapshot: SnapshotInfo }): ReactNode {
  return (
    <>
      {snapshot.partial && (
        <Badge tone="amber" icon={TriangleAlert}>
          <Trans>Partial</Trans>
        </Badge>
      )}
      {snapshot.damaged && (
        <Badge tone="red" icon={ShieldAlert}>
          <Trans>Damaged</Trans>
        </Badge>
      )}
    </>
  );
}

/** "Newest of 412 snapshots", "3rd newest of 412 …" would be noise: says newest or oldest, else how many there are. */
function rank(computer: Computer, snapshot: SnapshotInfo): string {
  const count = computer.snapshots.length;
  if (count === 1) return t`The only snapshot so far`;
  if (computer.snapshots[0]?.id === snapshot.id)
    return plural(count, { one: 'Newest of # snapshot', other: 'Newest of # snapshots' });
  if (computer.snapshots.at(-1)?.id === snapshot.id)
    return plural(count, { one: 'Oldest of # snapshot', other: 'Oldest of # snapshots' });
  return plural(count, { one: 'One of # snapshot', other: 'One of # snapshots' });
}

const LAYOUT = { rowHeight: 48, headingHeight: 32 };

function List({
  computer,
  selectedId,
  onSelect,
}: {
  computer: Computer;
  selectedId: string;
  onSelect: (id: string) => void;
}): ReactNode {
  const now = useNow();
  const pins = useAppState((state) => state.care.pins);
  const days = byDay(computer.snapshots).map((day) => ({ id: day.day, ...day }));
  return (
    <Virtualizer layout={ListLayout} layoutOptions={LAYOUT}>
      <ListBox
        aria-label={t`Snapshots of ${computer.name}`}
        className="snaplist"
        items={days}
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[selectedId]}
        autoFocus
        onAction={(key) => onSelect(String(key))}
        onSelectionChange={(keys) => {
          const [key] = keys === 'all' ? [] : [...keys];
          if (key !== undefined && key !== selectedId) onSelect(String(key));
        }}
      >
        {(day) => (
          <ListBoxSection id={day.day}>
            <Header className="label snapday">{capital(formatDay(day.day, now))}</Header>
            <Collection items={day.snapshots}>
              {(snapshot) => (
                <ListBoxItem
                  id={snapshot.id}
                  className="snaprow"
                  textValue={joined([
                    formatDate(snapshot.at, now),
                    plural(snapshot.files, { one: '# file', other: '# files' }),
                  ])}
                >
                  <span className="medium num">{formatTime(snapshot.at)}</span>
                  <span className="t12 snaprow-line num">
                    {joined([
                      plural(snapshot.files, { one: '# file', other: '# files' }),
                      formatBytes(snapshot.bytes),
                      ...(snapshot.skipped > 0
                        ? [plural(snapshot.skipped, { one: '# item left out', other: '# items left out' })]
                        : []),
                    ])}
                  </span>
                  <span className="snaprow-badges">
                    {pins.includes(snapshot.id) && (
                      <Badge icon={Pin}>
                        <Trans>Pinned</Trans>
                      </Badge>
                    )}
                    <SnapshotBadges snapshot={snapshot} />
                  </span>
                </ListBoxItem>
              )}
            </Collection>
          </ListBoxSection>
        )}
      </ListBox>
    </Virtualizer>
  );
}

/** A pinned backup stays whatever the rule says. Only this computer's own go by its rule. */
function PinButton({ id }: { id: string }): ReactNode {
  const pinned = useAppState((state) => state.care.pins.includes(id));
  const pin = useAction(
    async (next: boolean) => {
      await api.care.pin({ snapshotId: id, pinned: next });
      return next;
    },
    { onDone: (now) => toast.done(now ? t`Pinned: no rule removes this backup.` : t`The pin is off.`) },
  );
  return (
    <IconButton
      label={pinned ? t`Take the pin off this backup` : t`Pin this backup: no rule removes it`}
      icon={pinned ? PinOff : Pin}
      size="s"
      onPress={() => pin.run(!pinned)}
    />
  );
}

/** The date of the open snapshot; pressed, it lists all of them by day, and by computer where there are several. */
export function SnapshotPicker({
  computers,
  computer,
  snapshot,
  onSelect,
  onUnlock,
}: {
  computers: readonly Computer[];
  computer: Computer;
  snapshot: SnapshotInfo;
  onSelect: (id: string) => void;
  /** Given while locked: other computers' snapshots need the key. */
  onUnlock: (() => void) | null;
}): ReactNode {
  const now = useNow();
  const [open, setOpen] = useState(false);
  const [looking, setLooking] = useState<string | null>(null);
  const shown = computers.find((one) => one.clientId === looking) ?? computer;
  return (
    <div className="row">
      <DialogTrigger
        isOpen={open}
        onOpenChange={(next) => {
          setOpen(next);
          if (next) setLooking(null);
        }}
      >
        <AriaButton className="tl-date">
          <span className="row">
            <span className="t15 strong num">{capital(formatDate(snapshot.at, now))}</span>
            <Icon of={ChevronDown} className="faint" />
          </span>
          <span className="t12 faint num">{rank(computer, snapshot)}</span>
        </AriaButton>
        <Popover className="menu snapmenu" aria-label={t`Choose a snapshot`} placement="bottom start" offset={6}>
          <div className="snapdialog">
            {computers.length > 1 && computers.length <= 3 && (
              <Segmented
                label={t`Computer`}
                value={shown.clientId}
                onChange={setLooking}
                options={computers.map((one) => ({ value: one.clientId, word: one.name }))}
              />
            )}
            {computers.length > 3 && (
              <ul className="snapcomputers">
                {computers.map((one) => (
                  <li key={one.clientId}>
                    <Button
                      size="s"
                      variant={one.clientId === shown.clientId ? 'plain' : 'quiet'}
                      onPress={() => setLooking(one.clientId)}
                      aria-pressed={one.clientId === shown.clientId}
                    >
                      <Name of={one.name} />
                    </Button>
                  </li>
                ))}
              </ul>
            )}
            <List
              key={shown.clientId}
              computer={shown}
              selectedId={snapshot.id}
              onSelect={(id) => {
                setOpen(false);
                onSelect(id);
              }}
            />
            {onUnlock !== null && (
              <p className="snapfoot t12 faint">
                <span>
                  <Trans>Other computers’ backups need your key.</Trans>
                </span>
                <Button
                  size="s"
                  icon={LockOpen}
                  onPress={() => {
                    setOpen(false);
                    onUnlock();
                  }}
                >
                  <Trans>Unlock</Trans>
                </Button>
              </p>
            )}
          </div>
        </Popover>
      </DialogTrigger>
      {snapshot.thisComputer && <PinButton id={snapshot.id} />}
    </div>
  );
}
