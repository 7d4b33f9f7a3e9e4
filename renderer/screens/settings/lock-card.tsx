import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Minus, Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton, Group, Input, Label, NumberField } from 'react-aria-components';
import { Card, Icon } from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';

const MIN = 1;
const MAX = 240;

/** After how many idle minutes the key leaves memory. */
export function LockCard(): ReactNode {
  const minutes = useAppState((state) => state.settings.idleLockMinutes);
  const set = useAction((idleLockMinutes: number) => api.settings.set({ idleLockMinutes }));
  return (
    <Card title={t`Locking`}>
      <div className="card-in">
        <NumberField
          className="minutes"
          value={minutes}
          minValue={MIN}
          maxValue={MAX}
          step={1}
          onChange={(next) => {
            if (Number.isInteger(next) && next >= MIN && next <= MAX && next !== minutes) set.run(next);
          }}
        >
          <Label>
            <Trans>Lock after minutes without you</Trans>
          </Label>
          <Group className="input input-s stepper">
            <AriaButton slot="decrement" className="btn btn-q btn-icon btn-s">
              <Icon of={Minus} />
            </AriaButton>
            <Input className="num" />
            <AriaButton slot="increment" className="btn btn-q btn-icon btn-s">
              <Icon of={Plus} />
            </AriaButton>
          </Group>
        </NumberField>
        <p className="t12 faint card-help">
          <Trans>
            From 1 to 240. Sleep and “Lock now” take the key out of memory at once. Backups go on either way.
          </Trans>
        </p>
      </div>
    </Card>
  );
}
