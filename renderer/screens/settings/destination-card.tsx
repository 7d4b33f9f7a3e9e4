import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Plus } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Button, Card } from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { AddPlaceSheet } from './add-place-sheet.tsx';
import { DestinationRow } from './destination-row.tsx';

const MAX_PLACES = 8;

/** Where backups go, whether each place works, and how much room there is. */
export function DestinationCard(): ReactNode {
  const destinations = useAppState((state) => state.destinations);
  const [adding, setAdding] = useState(false);
  return (
    <Card
      title={t`Where backups go`}
      actions={
        <Button
          size="s"
          icon={Plus}
          isDisabled={destinations.length >= MAX_PLACES || destinations.length === 0}
          onPress={() => setAdding(true)}
        >
          <Trans>Add a place…</Trans>
        </Button>
      }
    >
      <ul className="dest-list rows">
        {destinations.map((one) => (
          <DestinationRow key={one.id} destination={one} last={destinations.length === 1} />
        ))}
      </ul>
      {destinations.length === 1 && (
        <p className="card-note help">
          <Trans>A second place in another building outlasts fire and theft as well.</Trans>
        </p>
      )}
      {adding && <AddPlaceSheet onClose={() => setAdding(false)} />}
    </Card>
  );
}
