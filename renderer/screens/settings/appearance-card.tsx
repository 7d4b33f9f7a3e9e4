import type { ReactNode } from 'react';
import { Card, Segmented } from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';

/** Light, dark, or as the system has it. */
export function AppearanceCard(): ReactNode {
  const theme = useAppState((state) => state.settings.theme);
  const set = useAction((next: typeof theme) => api.settings.set({ theme: next }));
  return (
    <Card title="Appearance">
      <div className="card-in">
        <Segmented
          label="Appearance"
          value={theme}
          onChange={(next) => set.run(next)}
          options={[
            { value: 'system', word: 'As the system' },
            { value: 'light', word: 'Light' },
            { value: 'dark', word: 'Dark' },
          ]}
        />
      </div>
    </Card>
  );
}
