import { t } from '@lingui/core/macro';
import type { ReactNode } from 'react';
import { Card, Segmented } from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';

/** Light, dark, or as the system has it. */
export function AppearanceCard(): ReactNode {
  const theme = useAppState((state) => state.settings.theme);
  const set = useAction((next: typeof theme) => api.settings.set({ theme: next }));
  return (
    <Card title={t`Appearance`}>
      <div className="card-in">
        <Segmented
          label={t`Appearance`}
          value={theme}
          onChange={(next) => set.run(next)}
          options={[
            { value: 'system', word: t`As the system` },
            { value: 'light', word: t`Light` },
            { value: 'dark', word: t`Dark` },
          ]}
        />
      </div>
    </Card>
  );
}
