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
        label="Upload"
        inputMode="decimal"
        placeholder="No limit"
        value={rates.send}
        onChange={(send) => change({ send })}
        error={error('send')}
        end={<span className="unit">MB a second</span>}
      />
      <TextField
        label="Download"
        inputMode="decimal"
        placeholder="No limit"
        value={rates.receive}
        onChange={(receive) => change({ receive })}
        error={error('receive')}
        end={<span className="unit">MB a second</span>}
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
    <fieldset className="band-rule" aria-label={`Hours ${number}`}>
      <div className="band-hours">
        <DaysField days={rule.days} onChange={(days) => change({ days })} error={error('days')} />
        <TextField
          label="From"
          inputMode="numeric"
          placeholder="All day"
          className="when-time"
          value={rule.from}
          onChange={(from) => change({ from })}
          error={error('from')}
        />
        <TextField
          label="To"
          inputMode="numeric"
          placeholder="All day"
          className="when-time"
          value={rule.to}
          onChange={(to) => change({ to })}
          error={error('to')}
        />
        <IconButton label={`Remove hours ${number}`} icon={X} size="s" onPress={remove} />
      </div>
      <RateFields rates={rule} change={change} error={error} />
    </fieldset>
  );
}
