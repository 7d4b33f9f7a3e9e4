import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import type { SkippedItem } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { Sheet } from '../../components/overlays.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';
import { patternFor } from '../settings/patterns.ts';
import type { Cause } from './causes.ts';

const SHOWN = 6;

/** The rules that leave out the items given, without those that every plan has already; and what saves them. */
export interface RulesFor {
  readonly patterns: readonly string[];
  readonly save: () => Promise<void>;
}

export function useRulesFor(items: readonly SkippedItem[]): RulesFor {
  const excludes = useAppState((state) => state.excludes);
  const plans = useAppState((state) => state.plans);
  const rules = plans.length < 2 ? [excludes] : plans.map((plan) => plan.excludes);
  const patterns = [
    ...new Set(items.map((item) => patternFor(item.path)).filter((pattern): pattern is string => pattern !== null)),
  ].filter((pattern) => !rules.every((all) => all.includes(pattern)));
  // Each names one place of this computer, which is left out whichever plan comes to it.
  const save = async (): Promise<void> => {
    const withMore = (all: readonly string[]): string[] => [...new Set([...all, ...patterns])];
    if (plans.length < 2) await api.settings.setExcludes({ excludes: withMore(excludes) });
    else for (const { id, excludes: own } of plans) await api.plans.change({ id, excludes: withMore(own) });
  };
  return { patterns, save };
}

/** Makes a rule for each item of a cause, so that the next backups leave them out and no longer mention them. */
export function LeaveOut({ cause }: { cause: Cause }): ReactNode {
  const rules = useRulesFor(cause.items);
  const [open, setOpen] = useState(false);
  if (rules.patterns.length === 0) return null;
  return (
    <>
      <Button size="s" onPress={() => setOpen(true)}>
        {plural(cause.items.length, { one: 'Leave it out…', other: 'Leave them out…' })}
      </Button>
      <LeaveOutSheet open={open} onClose={() => setOpen(false)} rules={rules} />
    </>
  );
}

export function LeaveOutSheet({
  open,
  onClose,
  rules: { patterns, save: saveRules },
}: {
  open: boolean;
  onClose: () => void;
  rules: RulesFor;
}): ReactNode {
  const save = useAction(saveRules, {
    onDone: () => {
      onClose();
      toast.done(t`Left out from the next backup on. You can change that in Settings.`);
    },
  });
  return (
    <Sheet
      open={open}
      onClose={onClose}
      size="narrow"
      title={plural(patterns.length, {
        one: 'Leave # item out from now on?',
        other: 'Leave # items out from now on?',
      })}
      line={t`They get a rule each and are no longer backed up, even once they can be read. What earlier backups hold stays.`}
      footer={
        <>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button variant="primary" pending={save.pending} onPress={() => save.run()}>
            <Trans>Leave out</Trans>
          </Button>
        </>
      }
    >
      <ul className="rules">
        {patterns.slice(0, SHOWN).map((pattern) => (
          <li key={pattern} className="clip" title={pattern}>
            <bdi>{pattern}</bdi>
          </li>
        ))}
        {patterns.length > SHOWN && (
          <li className="faint">{plural(patterns.length - SHOWN, { one: 'and # more', other: 'and # more' })}</li>
        )}
      </ul>
    </Sheet>
  );
}
