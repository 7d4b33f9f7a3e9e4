import { ArrowUp, Check, CircleAlert, CircleDashed, Clock, HardDrive, Unplug, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Destination } from '../../../preload/contract.ts';
import { formatBytes } from '../../components/format.ts';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/name.tsx';
import { Card } from '../../components/surfaces.tsx';
import { When } from '../../components/time.tsx';

const STATE: Record<Destination['state'], { word: string; icon: LucideIcon; ink: string }> = {
  'up-to-date': { word: 'Up to date', icon: Check, ink: 'good' },
  behind: { word: 'Behind', icon: Clock, ink: 'warn' },
  away: { word: 'Not connected', icon: Unplug, ink: 'faint' },
  'sign-in': { word: 'Sign in again', icon: CircleAlert, ink: 'warn' },
  error: { word: 'Can’t be used', icon: CircleAlert, ink: 'bad' },
  running: { word: 'Receiving', icon: ArrowUp, ink: 'good' },
  empty: { word: 'Empty so far', icon: CircleDashed, ink: 'faint' },
};

/** "286.3 GB used, 1.7 TB free": only what the storage tells. */
export function spaceWords(destination: Destination): string {
  const used = destination.usedBytes === null ? null : `${formatBytes(destination.usedBytes)} used`;
  const free = destination.freeBytes === null ? null : `${formatBytes(destination.freeBytes)} free`;
  return [used, free].filter((part) => part !== null).join(', ') || 'Space not known';
}

/** A bar of the whole disk: what the backup takes, what else lies there, what is free. */
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

export function DestinationState({ destination }: { destination: Destination }): ReactNode {
  const state = STATE[destination.state];
  return (
    <p className={`stat ${state.ink}`} title={destination.message}>
      <Icon of={state.icon} size={12} />
      {state.word}
    </p>
  );
}

export function DestinationsCard({ destinations }: { destinations: readonly Destination[] }): ReactNode {
  return (
    <Card title={destinations.length === 1 ? 'Destination' : 'Destinations'} className="dest-card">
      <ul className="destlist">
        {destinations.map((one) => (
          <li key={one.id}>
            <Icon of={HardDrive} size={20} />
            <div className="destlist-text">
              <div className="rowline">
                <Name of={one.name} className="medium" />
                <span className="push">
                  <DestinationState destination={one} />
                </span>
              </div>
              <div className="rowline t12 faint num">
                <span>{spaceWords(one)}</span>
                {one.lastBackupAt !== null && (
                  <span className="push nowrap">
                    <When at={one.lastBackupAt} start />
                  </span>
                )}
              </div>
              <SpaceBar destination={one} />
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
