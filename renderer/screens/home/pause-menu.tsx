import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
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
      label={t`Pause`}
      trigger={
        <Button icon={Pause} iconEnd={ChevronDown} pending={pause.pending} isDisabled={disabled}>
          <Trans>Pause</Trans>
        </Button>
      }
      items={[
        {
          id: 'hour',
          word: t`For 1 hour`,
          icon: Hourglass,
          end: t`until ${formatTime(now + HOUR_MS)}`,
          onAction: () => pause.run('hour'),
        },
        { id: 'tomorrow', word: t`Until tomorrow`, icon: Sunrise, onAction: () => pause.run('tomorrow') },
        { id: 'resumed', word: t`Until I resume`, icon: Hand, onAction: () => pause.run('resumed') },
      ]}
    />
  );
}
