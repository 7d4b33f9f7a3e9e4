import { Check, FolderOpen, HardDrive, Plug, X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Destination, DestinationTest } from '../../../preload/contract.ts';
import { Button, Card, ErrorNote, formatBytes, formatRate, Icon, Note, PathText } from '../../components/index.ts';
import { Name } from '../../components/name.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { DestinationState, SpaceBar, spaceWords } from '../home/destinations-card.tsx';

function speed(test: DestinationTest): string {
  const parts = [
    test.writeMBps === null ? null : `writes ${formatRate(test.writeMBps * 1e6)}`,
    test.latencyMs === null ? null : `answers in ${test.latencyMs < 1 ? 'under 1' : Math.round(test.latencyMs)} ms`,
    test.freeBytes === null ? null : `${formatBytes(test.freeBytes)} free`,
  ].filter((part) => part !== null);
  return parts.join(', ');
}

function Outcome({ test }: { test: DestinationTest }): ReactNode {
  return (
    <div className="test-out" role="status">
      <p className={`medium ${test.ok ? 'good' : 'bad'}`}>{test.ok ? 'Everything works' : 'Something doesn’t work'}</p>
      <ul className="tests t12">
        {test.checks.map((check) => (
          <li key={check.id} className={check.ok ? 'good' : 'bad'} title={check.detail}>
            <Icon of={check.ok ? Check : X} size={12} />
            {check.label}
            <span className="sr">{check.ok ? ': works' : ': failed'}</span>
          </li>
        ))}
      </ul>
      {test.checks
        .filter((check) => !check.ok)
        .map((check) => (
          <p key={check.id} className="bad">
            {check.label}: {check.detail}
          </p>
        ))}
      <p className="t12 faint num">{speed(test)}</p>
      {test.warnings.map((warning) => (
        <Note key={warning} tone="amber">
          <p>{warning}</p>
        </Note>
      ))}
    </div>
  );
}

function One({ destination }: { destination: Destination }): ReactNode {
  const test = useAction(() => api.destinations.test({ id: destination.id }), { failure: 'inline' });
  const show = useAction(() => api.destinations.show({ id: destination.id }));
  return (
    <li className="dest">
      <Icon of={HardDrive} size={20} className="faint" />
      <div className="source-text">
        <div className="rowline">
          <Name of={destination.name} className="medium" />
          <span className="push">
            <DestinationState destination={destination} />
          </span>
        </div>
        <p className="t12 faint">
          <PathText path={destination.path} />
        </p>
        <p className="t12 faint num">{spaceWords(destination)}</p>
        <SpaceBar destination={destination} />
        <div className="row dest-acts">
          <Button size="s" icon={Plug} pending={test.pending} onPress={() => test.run()}>
            Test it
          </Button>
          <Button size="s" icon={FolderOpen} pending={show.pending} onPress={() => show.run()}>
            Show in folder
          </Button>
        </div>
        {test.error !== null && <ErrorNote error={test.error} tone="amber" />}
        {test.data !== undefined && !test.pending && <Outcome test={test.data} />}
      </div>
    </li>
  );
}

/** Where backups go, whether it works, and how much room there is. */
export function DestinationCard(): ReactNode {
  const destinations = useAppState((state) => state.destinations);
  return (
    <Card title="Where backups go">
      <ul className="dest-list rows">
        {destinations.map((one) => (
          <One key={one.id} destination={one} />
        ))}
      </ul>
    </Card>
  );
}
