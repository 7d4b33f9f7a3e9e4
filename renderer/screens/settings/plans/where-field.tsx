import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Checkbox, Field } from '../../../components/index.ts';
import { Name } from '../../../components/name.tsx';
import { useAppState } from '../../../state/app-state.tsx';

/** The places that a plan goes to: all of them, or some. */
export function WhereField({
  where,
  onChange,
}: {
  where: readonly string[] | null;
  onChange: (where: string[] | null) => void;
}): ReactNode {
  const destinations = useAppState((state) => state.destinations);
  const all = destinations.map(({ id }) => id);
  const ticked = where ?? all;
  const toggle = (id: string, on: boolean): void =>
    onChange(all.filter((one) => (one === id ? on : ticked.includes(one))));
  return (
    <Field label={t`Where it goes`} error={ticked.length === 0 ? t`Choose a place.` : null}>
      <div className="plan-where" role="group" aria-label={t`Where it goes`}>
        <Checkbox selected={where === null} onChange={(on) => onChange(on ? null : all)}>
          <Trans>Every place, also those that come later</Trans>
        </Checkbox>
        {where !== null &&
          destinations.map(({ id, name }) => (
            <Checkbox key={id} selected={where.includes(id)} onChange={(on) => toggle(id, on)} className="plan-place">
              <Name of={name} />
            </Checkbox>
          ))}
      </div>
    </Field>
  );
}
