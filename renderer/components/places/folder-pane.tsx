import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { FolderOpen, FolderSearch, HardDrive, RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import type { PlaceDraft } from '../../../preload/contract.ts';
import { api, useAction } from '../../state/bridge.ts';
import type { UserError } from '../../state/user-error.ts';
import { Button } from '../button.tsx';
import { Icon } from '../icon.tsx';
import { ErrorNote, Skeleton } from '../states.tsx';
import { PathText } from '../surfaces.tsx';
import type { Kind } from './kinds.ts';

export interface Suggestion {
  readonly place: PlaceDraft | null;
  readonly pending: boolean;
  readonly error: UserError | null;
  /** The page's own button takes it, because nothing else was chosen. */
  readonly preselected: boolean;
}

/** A folder of this computer: the suggested one, or one from the system's dialog. */
export function FolderPane({
  find,
  suggestion,
  prominent,
  onPlace,
}: {
  find: boolean;
  suggestion: Suggestion | null;
  prominent: boolean;
  onPlace: (place: PlaceDraft) => void;
}): ReactNode {
  const choose = useAction(api.destinations.chooseFolder, {
    onDone: (place) => place !== null && onPlace(place),
  });
  const suggested = suggestion?.place ?? null;
  return (
    <section className="card place-form" aria-label={t`A disk or folder`}>
      <div>
        <h2 className="t20">
          <Trans>A disk or folder</Trans>
        </h2>
        <p className="dim">
          {find
            ? t`Connect the disk and wait until the computer shows it. The folder is called Holdfast Backups if you kept the name.`
            : t`Best is a disk of its own, so that losing this computer doesn’t mean losing both.`}
        </p>
      </div>
      {suggestion?.pending === true && <Skeleton lines={2} label={t`Looking for a place`} />}
      {suggestion !== null && suggestion.error !== null && <ErrorNote error={suggestion.error} tone="amber" />}
      {suggested !== null && (
        <div className={`place-row ${suggestion?.preselected === true ? 'place-row-on' : ''}`}>
          <Icon of={HardDrive} size={20} />
          <div className="clip">
            <p className="medium">
              <Trans>Suggested folder</Trans>
            </p>
            <p className="t12 faint">
              <PathText path={suggested.path} />
            </p>
          </div>
          {suggestion?.preselected === false && (
            <Button size="s" onPress={() => onPlace(suggested)}>
              <Trans>Add it</Trans>
            </Button>
          )}
        </div>
      )}
      <div className="place-acts">
        <Button
          icon={find ? FolderSearch : FolderOpen}
          variant={prominent && find ? 'primary' : 'plain'}
          pending={choose.pending}
          onPress={() => choose.run()}
        >
          {find ? t`Choose the folder…` : t`Choose another folder…`}
        </Button>
      </div>
      <p className="help">
        <Trans>A USB disk, a second disk, or a network folder that shows up on this computer.</Trans>
      </p>
    </section>
  );
}

/** The folder that a sync service's own program carries; or how it gets onto this computer. */
export function SyncedPane({
  kind,
  find,
  looking,
  prominent,
  onLookAgain,
  onPlace,
}: {
  kind: Kind;
  find: boolean;
  looking: boolean;
  prominent: boolean;
  onLookAgain: () => void;
  onPlace: (place: PlaceDraft) => void;
}): ReactNode {
  const { offer } = kind;
  const use = useAction(
    async () =>
      offer === null ? null : await api.destinations.syncedFolder({ service: offer.service, path: offer.path }),
    { onDone: (place) => place !== null && onPlace(place) },
  );
  const choose = useAction(api.destinations.chooseFolder, { onDone: (place) => place !== null && onPlace(place) });
  if (offer === null) {
    return (
      <section className="card place-form" aria-label={kind.word}>
        <div>
          <h2 className="t20">
            <Trans>{kind.word} isn’t set up here</Trans>
          </h2>
          <p className="dim">{kind.missing}</p>
        </div>
        <div className="place-acts">
          <Button icon={RotateCw} pending={looking} onPress={onLookAgain}>
            <Trans>Look again</Trans>
          </Button>
        </div>
      </section>
    );
  }
  return (
    <section className="card place-form" aria-label={kind.word}>
      <div>
        <h2 className="t20">
          <bdi>{kind.word}</bdi>
        </h2>
        <p className="dim">
          <Trans>
            Holdfast puts encrypted files into this folder, and the service’s own program carries them on. Holdfast
            knows when they were handed over; when they have arrived, that program knows.
          </Trans>
        </p>
      </div>
      <div className="place-row">
        <Icon of={kind.icon} size={20} />
        <div className="clip">
          <p className="medium">
            <Trans>Its folder on this computer</Trans>
          </p>
          <p className="t12 faint">
            <PathText path={offer.path} />
          </p>
        </div>
      </div>
      <div className="place-acts">
        <Button variant={prominent ? 'primary' : 'plain'} pending={use.pending} onPress={() => use.run()}>
          {find ? t`Look there` : t`Use it`}
        </Button>
        <Button variant="quiet" pending={choose.pending} onPress={() => choose.run()}>
          <Trans>Another folder in it…</Trans>
        </Button>
      </div>
      {!find && (
        <p className="help">
          <Trans>Look in your account how much room is left: from here only this disk’s can be seen.</Trans>
        </p>
      )}
    </section>
  );
}
