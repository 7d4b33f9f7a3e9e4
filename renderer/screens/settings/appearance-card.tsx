import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import type { Language } from '../../../preload/contract.ts';
import { Card, Segmented, Select } from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';

/** Each by its own name, so that whoever speaks it finds it. */
const NAMES: Record<Language, string> = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  ar: 'العربية',
};

/** Light, dark, or as the system has it; how close rows of lists stand; and the language. */
export function AppearanceCard(): ReactNode {
  const theme = useAppState((state) => state.settings.theme);
  const language = useAppState((state) => state.settings.language);
  const languages = useAppState((state) => state.languages);
  const density = useAppState((state) => state.settings.density);
  const space = useAction((next: typeof density) => api.settings.set({ density: next }));
  const speak = useAction((next: typeof language) => api.settings.set({ language: next }));
  const set = useAction((next: typeof theme) => api.settings.set({ theme: next }));
  return (
    <Card title={t`Appearance`}>
      <div className="card-in appearance">
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
        <div className="appearance-rows">
          <p className="legend" aria-hidden>
            <Trans>Rows of lists</Trans>
          </p>
          <Segmented
            label={t`Rows of lists`}
            value={density}
            onChange={(next) => space.run(next)}
            options={[
              { value: 'comfortable', word: t`Comfortable` },
              { value: 'compact', word: t`Compact` },
            ]}
          />
        </div>
        {languages.length > 1 && (
          <Select
            label={t`Language`}
            value={language}
            onChange={(next) => speak.run(next)}
            options={[
              { value: 'system', word: t`As the system` },
              ...languages.map((one) => ({ value: one, word: NAMES[one] })),
            ]}
          />
        )}
      </div>
    </Card>
  );
}
