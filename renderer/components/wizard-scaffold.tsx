import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { ArrowLeft, Check } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';
import { Mark, type MarkState } from './mark.tsx';
import { Title } from './surfaces.tsx';

export interface WizardStep {
  id: string;
  word: string;
}

/**
 * Set-up and restore: steps on top, a column, a footer with back at the start and one primary at the end.
 * @param pageKey changes with the page, so that the new one starts at its top with its title focused
 */
export function WizardScaffold({
  label,
  steps,
  current,
  pageKey,
  mark,
  title,
  line,
  width = 880,
  reading = false,
  onBack,
  backWord = t`Back`,
  note,
  secondary,
  primary,
  children,
}: {
  /** What the steps are for, spoken: "Set up". */
  label: string;
  steps: readonly WizardStep[];
  current: string;
  pageKey: string;
  /** Stands over the title, where the page is about how things ended. */
  mark?: MarkState;
  title: ReactNode;
  line?: ReactNode;
  /** Column in px: 880, or 720 for prose. */
  width?: 720 | 880;
  /** True where nothing on the page takes the focus: then the page itself does, so that keys can scroll it. */
  reading?: boolean;
  onBack?: (() => void) | undefined;
  backWord?: string;
  /** What comes next, or how far it is; stands left of the primary button. */
  note?: ReactNode;
  secondary?: ReactNode;
  primary?: ReactNode;
  children?: ReactNode;
}): ReactNode {
  const body = useRef<HTMLElement>(null);
  // In braces: newer Chromium gives a promise back, which React would take for a clean-up.
  useEffect(() => {
    void body.current?.scrollTo(0, 0);
  }, [pageKey]);
  const at = steps.findIndex((step) => step.id === current);
  return (
    <div className="wiz">
      <header className="wiz-bar drag">
        <ol className="steps" aria-label={label}>
          {steps.map((step, i) => (
            <li
              key={step.id}
              className={i < at ? 'done' : ''}
              {...(i === at ? { 'aria-current': 'step' as const } : {})}
            >
              {i < at && <Icon of={Check} size={12} />}
              {i === at && (
                <span className="steps-count num" aria-hidden="true">
                  <Trans>
                    Step {i + 1} of {steps.length}
                  </Trans>
                </span>
              )}
              {step.word}
              {i < at && (
                <span className="sr">
                  <Trans>, done</Trans>
                </span>
              )}
            </li>
          ))}
        </ol>
      </header>
      <main className="wiz-body" ref={body} {...(reading ? { tabIndex: 0 } : {})}>
        <div className={`col col-${width}`}>
          <div className="wiz-head">
            {mark !== undefined && <Mark state={mark} />}
            <Title key={pageKey}>{title}</Title>
            {line !== undefined && <p>{line}</p>}
          </div>
          {children}
        </div>
      </main>
      <footer className="wiz-foot">
        {onBack && (
          <Button variant="quiet" size="wizard" icon={ArrowLeft} onPress={onBack}>
            {backWord}
          </Button>
        )}
        <span className="wiz-foot-note num">{note}</span>
        {secondary}
        {primary}
      </footer>
    </div>
  );
}
