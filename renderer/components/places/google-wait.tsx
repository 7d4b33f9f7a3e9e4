import { Check, Copy, ExternalLink, Globe, X } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';
import { Button } from '../button.tsx';
import { formatClock, plural } from '../format.ts';
import { Icon } from '../icon.tsx';
import { Mark } from '../mark.tsx';
import { Facts } from '../surfaces.tsx';
import { useMsUntil } from '../use-until.ts';

function Foot({ startedAt, until }: { startedAt: number; until: number }): ReactNode {
  const left = useMsUntil(until);
  const minutes = Math.max(1, Math.floor(left / 60_000));
  return (
    <p className="wait-foot t12 faint num">
      Waiting for {formatClock(until - left - startedAt)}. The page is good for another {plural(minutes, 'minute')}.
    </p>
  );
}

/** While Google's page is open in the browser. */
export function GoogleWait({ onCancel, framed = true }: { onCancel: () => void; framed?: boolean }): ReactNode {
  const signIn = useAppState((state) => state.signIn);
  const again = useAction(api.destinations.googleOpenAgain);
  const copy = useAction(api.destinations.googleCopyLink, {
    onDone: () => toast.done('The link is on the clipboard. It is good for this sign-in alone.'),
  });
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <section className={framed ? 'card wait' : 'wait wait-bare'} aria-label="Sign-in to Google">
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
        Finish signing in, in your browser
      </h2>
      <p className="dim">
        Google’s page is open there. Choose an account and allow Holdfast its own files. Your Google password never
        passes through here.
      </p>
      <Facts
        className="wait-facts"
        items={[
          [
            'Holdfast asks for',
            <span key="a" className="row">
              <Icon of={Check} className="good" />
              files it creates itself
            </span>,
          ],
          [
            'It can’t see',
            <span key="b" className="row">
              <Icon of={X} className="faint" />
              anything else in your Drive
            </span>,
          ],
        ]}
      />
      <div className="place-acts">
        <Button icon={ExternalLink} pending={again.pending} onPress={() => again.run()}>
          Open the page again
        </Button>
        <Button variant="quiet" icon={Copy} pending={copy.pending} onPress={() => copy.run()}>
          Copy the link
        </Button>
        <Button variant="quiet" className="push" onPress={onCancel}>
          Cancel
        </Button>
      </div>
      {signIn === null ? (
        <p className="wait-foot t12 faint">Opening the page…</p>
      ) : (
        <Foot startedAt={signIn.startedAt} until={signIn.until} />
      )}
    </section>
  );
}
