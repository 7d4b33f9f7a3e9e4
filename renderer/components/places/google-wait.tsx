import { t } from '@lingui/core/macro';
import { Plural, Trans } from '@lingui/react/macro';
import { Check, Copy, ExternalLink, Globe, X } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';
import { Button } from '../button.tsx';
import { formatClock } from '../format.ts';
import { Icon } from '../icon.tsx';
import { Mark } from '../mark.tsx';
import { Facts } from '../surfaces.tsx';
import { useMsUntil } from '../use-until.ts';

function Foot({ startedAt, until }: { startedAt: number; until: number }): ReactNode {
  const left = useMsUntil(until);
  const minutes = Math.max(1, Math.floor(left / 60_000));
  return (
    <p className="wait-foot t12 faint num">
      <Trans>
        Waiting for {formatClock(until - left - startedAt)}. The page is good for another{' '}
        <Plural value={minutes} one="# minute" other="# minutes" />.
      </Trans>
    </p>
  );
}

/** While Google's page is open in the browser. */
export function GoogleWait({ onCancel, framed = true }: { onCancel: () => void; framed?: boolean }): ReactNode {
  const signIn = useAppState((state) => state.signIn);
  const again = useAction(api.destinations.googleOpenAgain);
  const copy = useAction(api.destinations.googleCopyLink, {
    onDone: () => toast.done(t`The link is on the clipboard. It is good for this sign-in alone.`),
  });
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <section className={framed ? 'card wait' : 'wait wait-bare'} aria-label={t`Sign-in to Google`}>
      <div className="wait-art" aria-hidden="true">
        <Icon of={Globe} size={20} />
        <span className="wait-dots">
          <i />
          <i />
          <i />
        </span>
        <Mark />
      </div>
      <h2 ref={title} tabIndex={-1} className="t20">
        <Trans>Finish signing in, in your browser</Trans>
      </h2>
      <p className="dim">
        <Trans>
          Google’s page is open there. Choose an account and allow Holdfast its own files. Your Google password never
          passes through here.
        </Trans>
      </p>
      <Facts
        className="wait-facts"
        items={[
          [
            t`Holdfast asks for`,
            <span key="a" className="row">
              <Icon of={Check} className="good" />
              <Trans>files it creates itself</Trans>
            </span>,
          ],
          [
            t`It can’t see`,
            <span key="b" className="row">
              <Icon of={X} className="faint" />
              <Trans>anything else in your Drive</Trans>
            </span>,
          ],
        ]}
      />
      <div className="place-acts">
        <Button icon={ExternalLink} pending={again.pending} onPress={() => again.run()}>
          <Trans>Open the page again</Trans>
        </Button>
        <Button variant="quiet" icon={Copy} pending={copy.pending} onPress={() => copy.run()}>
          <Trans>Copy the link</Trans>
        </Button>
        <Button variant="quiet" className="push" onPress={onCancel}>
          <Trans>Cancel</Trans>
        </Button>
      </div>
      {signIn === null ? (
        <p className="wait-foot t12 faint">
          <Trans>Opening the page…</Trans>
        </p>
      ) : (
        <Foot startedAt={signIn.startedAt} until={signIn.until} />
      )}
    </section>
  );
}
