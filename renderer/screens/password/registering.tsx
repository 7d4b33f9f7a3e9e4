import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Check, Circle, LoaderCircle } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import type { RegistrationStep } from '../../../preload/contract.ts';
import { Icon, Sheet } from '../../components/index.ts';

const STEPS: readonly [RegistrationStep, string, string][] = [
  ['start', t`Asking the vault`, t`The password is turned into a lock here, which takes a second or two on purpose.`],
  ['stage', t`Staged`, t`A sealed record is at the vault. It can’t be fetched yet.`],
  ['prove', t`Proven`, t`It was opened with your password once, and gave the right key.`],
  ['expose', t`In use`, t`From now on the password opens the backup.`],
];

/** Index of the step that is going on: main names the one that was finished last, and nothing before and after. */
function useCurrent(open: boolean, step: RegistrationStep | null): number {
  const [begun, setBegun] = useState(false);
  useEffect(() => setBegun((old) => open && (old || step !== null)), [open, step]);
  if (step === null) return begun ? STEPS.length : 0;
  return step === 'done' ? STEPS.length : STEPS.findIndex(([name]) => name === step) + 1;
}

/** How a password goes into the vault. Stays until it is over: there is nothing to cancel that a crash would not. */
export function RegisteringSheet({
  open,
  step,
  after,
  changing = false,
}: {
  open: boolean;
  step: RegistrationStep | null;
  /** What goes on once the vault has it; null where nothing does. */
  after: string | null;
  changing?: boolean;
}): ReactNode {
  const at = useCurrent(open, step);
  return (
    <Sheet
      open={open}
      onClose={() => undefined}
      keep
      size="narrow"
      reading
      title={changing ? t`Changing the password` : t`Giving the vault its sealed record`}
      line={
        changing
          ? t`The new one is proven before the old one goes. If this breaks off, one of them opens the backup.`
          : t`If this breaks off, nothing is half done: you can start it again.`
      }
    >
      <ol className="reg" aria-label={t`Steps`}>
        {STEPS.map(([name, word, line], i) => (
          <li
            key={name}
            {...(i === at ? { 'aria-current': 'step' as const } : {})}
            className={i > at ? 'reg-later' : ''}
          >
            <Icon
              of={i < at ? Check : i === at ? LoaderCircle : Circle}
              className={i < at ? 'good' : i === at ? 'spin' : 'faint'}
            />
            <div>
              <p className="medium">
                {word}
                {i < at && (
                  <span className="sr">
                    <Trans>, done</Trans>
                  </span>
                )}
              </p>
              <p className="t12 faint">{line}</p>
            </div>
          </li>
        ))}
        {after !== null && (
          <li
            {...(at === STEPS.length ? { 'aria-current': 'step' as const } : {})}
            className={at < STEPS.length ? 'reg-later' : ''}
          >
            <Icon of={at === STEPS.length ? LoaderCircle : Circle} className={at === STEPS.length ? 'spin' : 'faint'} />
            <div>
              <p className="medium">{after}</p>
            </div>
          </li>
        )}
      </ol>
    </Sheet>
  );
}
