import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import { Field, LinkButton, Select, Switch, TextField } from '../../components/index.ts';
import { visibleName } from '../../components/visible.ts';
import { DAYS, SHORT_DAYS } from '../../components/when-words.ts';
import { HOURS, namesOf, PERCENTS, type Draft } from './when-draft.ts';

export interface PartProps {
  draft: Draft;
  change: (change: Partial<Draft>) => void;
  error: (field: string) => string | null;
}

/** With what stands there now, where a configuration was written by hand. */
function withOwn(values: readonly string[], own: string): string[] {
  const all = /^\d+$/.test(own) && !values.includes(own) ? [...values, own] : [...values];
  return all.sort((a, b) => Number(a) - Number(b));
}

/** Days of ISO 8601, 1 is Monday, to be turned on and off. */
export function DaysField({
  days,
  onChange,
  error,
}: {
  days: readonly number[];
  onChange: (days: number[]) => void;
  error: string | null;
}): ReactNode {
  return (
    <Field label={t`Days`} error={error}>
      <ToggleButtonGroup
        aria-label={t`Days of the week`}
        className="seg"
        selectionMode="multiple"
        selectedKeys={days.map(String)}
        onSelectionChange={(keys) => onChange([...keys].map(Number))}
      >
        {DAYS.map((name, i) => (
          <ToggleButton key={name} id={String(i + 1)} aria-label={name}>
            {SHORT_DAYS[i]}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
    </Field>
  );
}

export function HowOften({ draft, change, error }: PartProps): ReactNode {
  return (
    <div className="when-row">
      <Select
        label={t`How often`}
        value={draft.every}
        onChange={(every) => change({ every })}
        options={[
          ...withOwn(HOURS, draft.every).map((hours) => ({
            value: hours,
            word: hours === '1' ? t`Every hour` : t`Every ${hours} hours`,
          })),
          { value: 'day', word: t`Every day` },
          { value: 'week', word: t`On some days of the week` },
          { value: 'hand', word: t`Only when I ask` },
        ]}
      />
      {(draft.every === 'day' || draft.every === 'week') && (
        <TextField
          label={t`At`}
          inputMode="numeric"
          placeholder="21:00"
          className="when-time"
          value={draft.at}
          onChange={(at) => change({ at })}
          error={error('at')}
        />
      )}
      {draft.every === 'week' && (
        <div className="when-days">
          <DaysField days={draft.days} onChange={(days) => change({ days })} error={error('days')} />
        </div>
      )}
    </div>
  );
}

export function Power({ draft, change }: PartProps): ReactNode {
  return (
    <Select
      label={t`On battery`}
      value={draft.power}
      onChange={(power) => change({ power })}
      options={[
        { value: 'any', word: t`Always` },
        ...withOwn(PERCENTS, draft.power).map((percent) => ({ value: percent, word: t`Above ${percent}%` })),
        { value: 'mains', word: t`Never: only when plugged in` },
      ]}
    />
  );
}

/** @param here the Wi-Fi that this computer is on; null where it is on none, or can't tell */
export function Network({ draft, change, error, here }: PartProps & { here: string | null }): ReactNode {
  const names = namesOf(draft.names);
  return (
    <>
      <Select
        label={t`Wi-Fi`}
        value={draft.wifi}
        onChange={(wifi) => change({ wifi })}
        options={[
          { value: 'any', word: t`Any` },
          { value: 'only', word: t`Only some` },
          { value: 'never', word: t`All but some` },
        ]}
      />
      {draft.wifi !== 'any' && (
        <TextField
          label={draft.wifi === 'only' ? t`Only on these` : t`Never on these`}
          className="when-wide"
          value={draft.names}
          onChange={(text) => change({ names: text })}
          error={error('names')}
          placeholder={t`Names, with commas between`}
          help={
            here !== null && !names.includes(here) ? (
              <LinkButton onPress={() => change({ names: [...names, here].join(', ') })}>
                <Trans>Add {visibleName(here)}, where you are now</Trans>
              </LinkButton>
            ) : (
              t`A cable is always fine.`
            )
          }
        />
      )}
      <div className="when-wide">
        <Switch selected={draft.onMetered} onChange={(onMetered) => change({ onMetered })}>
          <Trans>Also over metered networks, such as a phone’s</Trans>
        </Switch>
      </div>
    </>
  );
}

export function Quiet({ draft, change, error }: PartProps): ReactNode {
  return (
    <div className="when-quiet">
      <Switch selected={draft.quiet} onChange={(quiet) => change({ quiet })}>
        <Trans>Quiet hours, in which backups rest</Trans>
      </Switch>
      {draft.quiet && (
        <div className="when-row">
          <TextField
            label={t`From`}
            inputMode="numeric"
            placeholder="22:00"
            className="when-time"
            value={draft.from}
            onChange={(from) => change({ from })}
            error={error('from')}
          />
          <TextField
            label={t`To`}
            inputMode="numeric"
            placeholder="08:00"
            className="when-time"
            value={draft.to}
            onChange={(to) => change({ to })}
            error={error('to')}
          />
        </div>
      )}
    </div>
  );
}
