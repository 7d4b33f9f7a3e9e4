import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import { Button, Choice, ErrorNote, Sheet } from '../../components/index.ts';
import { api, useAction } from '../../state/bridge.ts';

const DAYS = ['7', '30', '90'] as const;

/** Refuses computers that the vault does not know, for a while. */
export function FreezeSheet({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const [days, setDays] = useState<(typeof DAYS)[number]>('7');
  const freeze = useAction(() => api.vault.freeze({ days: Number(days) }), {
    failure: 'inline',
    onDone: () => {
      freeze.reset();
      onClose();
    },
  });
  return (
    <Sheet
      open={open}
      onClose={onClose}
      size="narrow"
      title={t`Refuse unknown computers`}
      line={t`Tries from a computer that never unlocked this backup are refused and don’t count. Known ones go on as before.`}
      footer={
        <>
          <Button onPress={onClose}>
            <Trans>Not now</Trans>
          </Button>
          <Button variant="primary" pending={freeze.pending} onPress={() => freeze.run()}>
            <Trans>Refuse them</Trans>
          </Button>
        </>
      }
    >
      <Choice
        label={t`For how long`}
        value={days}
        onChange={setDays}
        options={DAYS.map((value) => ({
          value,
          title: t`${value} days`,
          ...(value === '90' ? { line: t`The longest: 90 days in any 180.` } : {}),
        }))}
      />
      <p className="dim">
        <Trans>If you lose this computer meanwhile, only the 64 digits open the backup until it is over.</Trans>
      </p>
      {freeze.error !== null && <ErrorNote error={freeze.error} />}
    </Sheet>
  );
}
