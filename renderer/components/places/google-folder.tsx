import { Archive, CircleUserRound } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { GoogleAccount, PlaceDraft } from '../../../preload/contract.ts';
import { api, useAction, useCall } from '../../state/bridge.ts';
import { Button } from '../button.tsx';
import { Choice, TextField } from '../fields.tsx';
import { formatBytes } from '../format.ts';
import { Icon } from '../icon.tsx';
import { Select } from '../select.tsx';
import { ErrorState, Skeleton } from '../states.tsx';
import { Badge, Note } from '../surfaces.tsx';
import { FormCard } from './form-card.tsx';
import { useForm } from './use-form.ts';

const NEW = 'new';
const MINE = '';
/** Less than this is called almost nothing. */
const LITTLE_BYTES = 1e9;

function space({ freeBytes, totalBytes }: GoogleAccount): string {
  if (freeBytes === null) return 'No limit to its space';
  if (totalBytes === null) return `${formatBytes(freeBytes)} free`;
  return `${formatBytes(freeBytes)} free of ${formatBytes(totalBytes)}`;
}

function TooLittle({ free, need }: { free: number | null; need: number | null }): ReactNode {
  if (free === null) return null;
  if (need !== null && free < need) {
    return (
      <Note tone="amber">
        <p>
          <strong>That is too little.</strong> Your backup takes about {formatBytes(need)}. Make room in this account,
          trash included, or choose another one.
        </p>
      </Note>
    );
  }
  if (free >= LITTLE_BYTES) return null;
  return (
    <Note tone="amber">
      <p>
        <strong>Almost no room is left.</strong> Make some in this account, trash included, or choose another one.
      </p>
    </Note>
  );
}

/** The signed-in account, its room, and the folder to use in it. */
export function GoogleFolder({
  account,
  find,
  needBytes,
  prominent,
  onOther,
  onPlace,
}: {
  account: GoogleAccount;
  find: boolean;
  needBytes: number | null;
  prominent: boolean;
  onOther: () => void;
  onPlace: (place: PlaceDraft) => void;
}): ReactNode {
  const [drive, setDrive] = useState(MINE);
  const driveId = drive === MINE ? null : drive;
  const folders = useCall(
    ['google', 'folders', account.cap, driveId],
    () => api.destinations.googleFolders({ account: account.cap, driveId }),
    { live: true },
  );
  const list = (folders.data ?? []).filter((folder) => !find || folder.hasBackup);
  const [chosen, setChosen] = useState<string | null>(null);
  const [name, setName] = useState('Holdfast Backups');
  const head = useRef<HTMLDivElement>(null);
  useEffect(() => head.current?.focus(), []);
  const picked = chosen ?? (find ? (list[0]?.id ?? null) : NEW);
  const send = useAction(
    async () =>
      await api.destinations.googlePlace({
        account: account.cap,
        driveId,
        folder: picked === null || picked === NEW ? { newName: name.trim() } : { id: picked },
      }),
    { failure: 'inline', onDone: onPlace },
  );
  const wrong = { name: picked === NEW && name.trim() === '' ? 'Type the folder’s name.' : undefined };
  const nothing = find && folders.data !== undefined && list.length === 0;
  const form = useForm(wrong, () => !send.pending && !nothing && picked !== null && send.run());
  return (
    <FormCard
      title="Which folder?"
      form={form}
      submit={nothing ? null : find ? 'Look there' : 'Use this folder'}
      pending={send.pending}
      prominent={prominent}
      error={send.error}
    >
      <div ref={head} tabIndex={-1} className="place-row" aria-label="Signed in">
        <Icon of={CircleUserRound} size={20} />
        <div className="clip">
          <p className="medium clip" title={account.account}>
            <bdi>{account.account}</bdi>
          </p>
          <p className="t12 faint num">{space(account)}</p>
        </div>
        <Button size="s" variant="quiet" onPress={onOther}>
          Another account
        </Button>
      </div>
      {!find && <TooLittle free={account.freeBytes} need={needBytes} />}
      {account.sharedDrives.length > 0 && (
        <Select
          label="Drive"
          value={drive}
          onChange={(next) => {
            setDrive(next);
            setChosen(null);
          }}
          options={[
            { value: MINE, word: 'My Drive' },
            ...account.sharedDrives.map(({ id, name: word }) => ({ value: id, word })),
          ]}
        />
      )}
      {folders.isPending && <Skeleton lines={3} label="Looking for folders that Holdfast made" />}
      {folders.error !== null && (
        <ErrorState error={folders.error} retrying={folders.isFetching} onRetry={() => void folders.refetch()} />
      )}
      {nothing && (
        <Note>
          <p>
            <strong>No backup was found in this Drive.</strong> Holdfast sees only folders that it made with the same
            Google client. Try another account, or the client you used then.
          </p>
        </Note>
      )}
      {folders.data !== undefined && list.length + (find ? 0 : 1) > 0 && (
        <>
          {list.length > 0 && (
            <Choice
              label="Folder"
              hideLabel
              value={picked}
              onChange={setChosen}
              options={[
                ...(find ? [] : [{ value: NEW, title: 'A new folder' }]),
                ...list.map((folder) => ({
                  value: folder.id,
                  title: <bdi>{folder.name}</bdi>,
                  end: folder.hasBackup && (
                    <Badge tone="good" icon={Archive}>
                      Holds a backup
                    </Badge>
                  ),
                })),
              ]}
            />
          )}
          {picked === NEW && (
            <TextField
              label="Name of the new folder"
              value={name}
              onChange={setName}
              error={form.error('name')}
              maxLength={100}
              help="It is visible in your Drive. Rename or move it as you like, but leave what is in it alone."
            />
          )}
        </>
      )}
    </FormCard>
  );
}
