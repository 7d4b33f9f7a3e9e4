import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
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
  if (freeBytes === null) return t`No limit to its space`;
  if (totalBytes === null) return t`${formatBytes(freeBytes)} free`;
  return t`${formatBytes(freeBytes)} free of ${formatBytes(totalBytes)}`;
}

function TooLittle({ free, need }: { free: number | null; need: number | null }): ReactNode {
  if (free === null) return null;
  if (need !== null && free < need) {
    return (
      <Note tone="amber">
        <p>
          <Trans>
            <strong>That is too little.</strong> Your backup takes about {formatBytes(need)}. Make room in this account,
            trash included, or choose another one.
          </Trans>
        </p>
      </Note>
    );
  }
  if (free >= LITTLE_BYTES) return null;
  return (
    <Note tone="amber">
      <p>
        <Trans>
          <strong>Almost no room is left.</strong> Make some in this account, trash included, or choose another one.
        </Trans>
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
  const [name, setName] = useState(t`Holdfast Backups`);
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
  const wrong = { name: picked === NEW && name.trim() === '' ? t`Type the folder’s name.` : undefined };
  const nothing = find && folders.data !== undefined && list.length === 0;
  const form = useForm(wrong, () => !send.pending && !nothing && picked !== null && send.run());
  return (
    <FormCard
      title={t`Which folder?`}
      form={form}
      submit={nothing ? null : find ? t`Look there` : t`Use this folder`}
      pending={send.pending}
      prominent={prominent}
      error={send.error}
    >
      <div ref={head} tabIndex={-1} className="place-row" aria-label={t`Signed in`}>
        <Icon of={CircleUserRound} size={20} />
        <div className="clip">
          <p className="medium clip" title={account.account}>
            <bdi>{account.account}</bdi>
          </p>
          <p className="t12 faint num">{space(account)}</p>
        </div>
        <Button size="s" variant="quiet" onPress={onOther}>
          <Trans>Another account</Trans>
        </Button>
      </div>
      {!find && <TooLittle free={account.freeBytes} need={needBytes} />}
      {account.sharedDrives.length > 0 && (
        <Select
          label={t`Drive`}
          value={drive}
          onChange={(next) => {
            setDrive(next);
            setChosen(null);
          }}
          options={[
            { value: MINE, word: t`My Drive` },
            ...account.sharedDrives.map(({ id, name: word }) => ({ value: id, word })),
          ]}
        />
      )}
      {folders.isPending && <Skeleton lines={3} label={t`Looking for folders that Holdfast made`} />}
      {folders.error !== null && (
        <ErrorState error={folders.error} retrying={folders.isFetching} onRetry={() => void folders.refetch()} />
      )}
      {nothing && (
        <Note>
          <p>
            <Trans>
              <strong>No backup was found in this Drive.</strong> Holdfast sees only folders that it made with the same
              Google client. Try another account, or the client you used then.
            </Trans>
          </p>
        </Note>
      )}
      {folders.data !== undefined && list.length + (find ? 0 : 1) > 0 && (
        <>
          {list.length > 0 && (
            <Choice
              label={t`Folder`}
              hideLabel
              value={picked}
              onChange={setChosen}
              options={[
                ...(find ? [] : [{ value: NEW, title: t`A new folder` }]),
                ...list.map((folder) => ({
                  value: folder.id,
                  title: <bdi>{folder.name}</bdi>,
                  end: folder.hasBackup && (
                    <Badge tone="good" icon={Archive}>
                      <Trans>Holds a backup</Trans>
                    </Badge>
                  ),
                })),
              ]}
            />
          )}
          {picked === NEW && (
            <TextField
              label={t`Name of the new folder`}
              value={name}
              onChange={setName}
              error={form.error('name')}
              maxLength={100}
              help={t`It is visible in your Drive. Rename or move it as you like, but leave what is in it alone.`}
            />
          )}
        </>
      )}
    </FormCard>
  );
}
