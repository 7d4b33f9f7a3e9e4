import { ChevronDown, Hand, Hourglass, Pause, Sunrise } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { formatTime } from '../../components/format.ts';
import { Menu } from '../../components/overlays.tsx';
import { useNow } from '../../components/time.tsx';
import { api, useAction } from '../../state/bridge.ts';

const HOUR_MS = 3_600_000;

/** Stops bytes within a second, for as long as the user says. */
export function PauseMenu({ disabled = false }: { disabled?: boolean }): ReactNode {
  const now = useNow();
  const pause = useAction((until: 'hour' | 'tomorrow' | 'resumed') => api.backup.pause({ until }));
  return (
    <Menu
      label="Pause"
      trigger={
        <Button icon={Pause} iconEnd={ChevronDown} pending={pause.pending} isDisabled={disabled}>
          Pause
        </Button>
      }
      items={[
        {
          id: 'hour',
          word: 'For 1 hour',
          icon: Hourglass,
          end: `until ${formatTime(now + HOUR_MS)}`,
          onAction: () => pause.run('hour'),
        },
        { id: 'tomorrow', word: 'Until tomorrow', icon: Sunrise, onAction: () => pause.run('tomorrow') },
        { id: 'resumed', word: 'Until I resume', icon: Hand, onAction: () => pause.run('resumed') },
      ]}
    />
  );
}
