import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton, TextField } from '../../../components/index.ts';
import { DaysField } from '../when-parts.tsx';
import type { RatesDraft, RuleDraft } from './bandwidth-draft.ts';

interface RateFieldsProps {
  rates: RatesDraft;
  change: (change: Partial<RatesDraft>) => void;
  error: (field: string) => string | null;
}

/** Both directions, in megabytes a second; empty for no limit. */
export function RateFields({ rates, change, error }: RateFieldsProps): ReactNode {
  return (
    <div className="band-rates">
      <TextField
        label={t`Upload`}
        inputMode="decimal"
        placeholder={t`No limit`}
        value={rates.send}
        onChange={(send) => change({ send })}
        error={error('send')}
        end={
          <span className="unit">
            <Trans>MB a second</Trans>
          </span>
        }
      />
      <TextField
        label={t`Download`}
        inputMode="decimal"
        placeholder={t`No limit`}
        value={rates.receive}
        onChange={(receive) => change({ receive })}
        error={error('receive')}
        end={
          <span className="unit">
            <Trans>MB a second</Trans>
          </span>
        }
      />
    </div>
  );
}

/** Hours of some days that have limits of their own. */
export function RuleRow({
  rule,
  number,
  change,
  remove,
  error,
}: {
  rule: RuleDraft;
  /** From 1: tells one from another where all are called the same. */
  number: number;
  change: (change: Partial<RuleDraft>) => void;
  remove: () => void;
  error: (field: string) => string | null;
}): ReactNode {
  return (
    <fieldset className="band-rule" aria-label={t`Hours ${number}`}>
      <div className="band-hours">
        <DaysField days={rule.days} onChange={(days) => change({ days })} error={error('days')} />
        <TextField
          label={t`From`}
          inputMode="numeric"
          placeholder={t`All day`}
          className="when-time"
          value={rule.from}
          onChange={(from) => change({ from })}
          error={error('from')}
        />
        <TextField
          label={t`To`}
          inputMode="numeric"
          placeholder={t`All day`}
          className="when-time"
          value={rule.to}
          onChange={(to) => change({ to })}
          error={error('to')}
        />
        <IconButton label={t`Remove hours ${number}`} icon={X} size="s" onPress={remove} />
      </div>
      <RateFields rates={rule} change={change} error={error} />
    </fieldset>
  );
}
