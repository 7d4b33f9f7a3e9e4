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
  plural,
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
          Partial
        </Badge>
      )}
      {snapshot.damaged && (
        <Badge tone="red" icon={ShieldAlert}>
          Damaged
        </Badge>
      )}
    </>
  );
}

/** "Newest of 412 snapshots", "3rd newest of 412 …" would be noise: says newest or oldest, else how many there are. */
function rank(computer: Computer, snapshot: SnapshotInfo): string {
  const count = plural(computer.snapshots.length, 'snapshot');
  if (computer.snapshots.length === 1) return 'The only snapshot so far';
  if (computer.snapshots[0]?.id === snapshot.id) return `Newest of ${count}`;
  if (computer.snapshots.at(-1)?.id === snapshot.id) return `Oldest of ${count}`;
  return `One of ${count}`;
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
        aria-label={`Snapshots of ${computer.name}`}
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
                  textValue={`${formatDate(snapshot.at, now)}, ${plural(snapshot.files, 'file')}`}
                >
                  <span className="medium num">{formatTime(snapshot.at)}</span>
                  <span className="t12 snaprow-line num">
                    {plural(snapshot.files, 'file')}, {formatBytes(snapshot.bytes)}
                    {snapshot.skipped > 0 && `, ${plural(snapshot.skipped, 'item')} left out`}
                  </span>
                  <span className="snaprow-badges">
                    {pins.includes(snapshot.id) && <Badge icon={Pin}>Pinned</Badge>}
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
    { onDone: (now) => toast.done(now ? 'Pinned: no rule removes this backup.' : 'The pin is off.') },
  );
  return (
    <IconButton
      label={pinned ? 'Take the pin off this backup' : 'Pin this backup: no rule removes it'}
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
        <Popover className="menu snapmenu" aria-label="Choose a snapshot" placement="bottom start" offset={6}>
          <div className="snapdialog">
            {computers.length > 1 && computers.length <= 3 && (
              <Segmented
                label="Computer"
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
                <span>Other computers’ backups need your key.</span>
                <Button
                  size="s"
                  icon={LockOpen}
                  onPress={() => {
                    setOpen(false);
                    onUnlock();
                  }}
                >
                  Unlock
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
