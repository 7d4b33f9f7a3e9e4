import { t } from '@lingui/core/macro';
import type { ReactNode } from 'react';
import type { Destination } from '../../../preload/contract.ts';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/name.tsx';
import { spaceWords, stateWords, trashWords } from '../../components/places/destination-words.ts';
import { iconOf } from '../../components/places/kinds.ts';
import { SignInAgain } from '../../components/places/sign-in-again.tsx';
import { Card } from '../../components/surfaces.tsx';
import { When } from '../../components/time.tsx';

/** A bar of the whole storage: what the backup takes, what else lies there, what is free. */
export function SpaceBar({ destination }: { destination: Destination }): ReactNode {
  const { usedBytes, freeBytes, totalBytes } = destination;
  if (freeBytes === null || totalBytes === null || totalBytes === 0) return null;
  const width = 480;
  const taken = Math.min(width, ((totalBytes - freeBytes) / totalBytes) * width);
  const ours =
    usedBytes === null ? 0 : Math.min(taken, Math.max(usedBytes > 0 ? 3 : 0, (usedBytes / totalBytes) * width));
  return (
    <svg className="spacebar" viewBox={`0 0 ${width} 6`} preserveAspectRatio="none" aria-hidden="true">
      <rect className="sb-0" width={width} height="6" />
      <rect className="sb-1" width={taken} height="6" />
      <rect className="sb-2" width={ours} height="6" />
    </svg>
  );
}

function DestinationState({ destination }: { destination: Destination }): ReactNode {
  const state = stateWords(destination);
  return (
    <p className={`stat ${state.ink}`} title={destination.message}>
      <Icon of={state.icon} size={12} />
      {state.word}
    </p>
  );
}

/** Name and state of a destination, as one line. */
export function DestinationHead({ destination }: { destination: Destination }): ReactNode {
  return (
    <div className="rowline">
      <span className="clip dest-name">
        <Name of={destination.name} className="medium" />
      </span>
      <span className="push">
        <DestinationState destination={destination} />
      </span>
    </div>
  );
}

function Row({ destination }: { destination: Destination }): ReactNode {
  const { lastBackupAt, state } = destination;
  const trash = trashWords(destination.trashBytes);
  return (
    <li>
      <Icon of={iconOf(destination.kind)} size={20} />
      <div className="destlist-text">
        <DestinationHead destination={destination} />
        <div className="rowline t12 faint num">
          <span>{spaceWords(destination)}</span>
          {lastBackupAt !== null && (
            <span className="push nowrap">
              <When at={lastBackupAt} start />
            </span>
          )}
        </div>
        <SpaceBar destination={destination} />
        {trash !== null && <p className="t12 faint num dest-trash">{trash}.</p>}
        {state === 'sign-in' && (
          <div className="dest-again">
            <p className="t12 dim">{destination.message}</p>
            <SignInAgain destination={destination} />
          </div>
        )}
      </div>
    </li>
  );
}

export function DestinationsCard({ destinations }: { destinations: readonly Destination[] }): ReactNode {
  return (
    <Card title={destinations.length === 1 ? t`Destination` : t`Destinations`} className="dest-card">
      <ul className="destlist">
        {destinations.map((one) => (
          <Row key={one.id} destination={one} />
        ))}
      </ul>
    </Card>
  );
}
