import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { ClipboardCheck, Copy, Eye, EyeOff, FileDown, Printer } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { Button, KeyGrid, Note, PathText } from '../../components/index.ts';
import { useMsUntil } from '../../components/use-until.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, toUserError, useAction, type Api } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';
import { KitPage } from './kit-page.tsx';

type Revealed = Awaited<ReturnType<Api['setup']['revealKey']>>;

function CopyKey({ onTaken }: { onTaken: () => void }): ReactNode {
  const [clearsAt, setClearsAt] = useState<number | null>(null);
  const left = Math.ceil(useMsUntil(clearsAt, 250) / 1000);
  const copy = useAction(api.setup.copyKey, {
    onDone: (value) => {
      setClearsAt(value.clearsAt);
      onTaken();
    },
  });
  return (
    <>
      <Button icon={left > 0 ? ClipboardCheck : Copy} pending={copy.pending} onPress={() => copy.run()}>
        {left > 0 ? t`Copied` : t`Copy`}
      </Button>
      {left > 0 && (
        <span className="faint t12 num">
          <Trans>Leaves the clipboard in {left} s</Trans>
        </span>
      )}
      <span className="sr" role="status">
        {clearsAt === null
          ? ''
          : left > 0
            ? t`Copied. It leaves the clipboard in a minute.`
            : t`The clipboard was cleared.`}
      </span>
      {clearsAt !== null && left === 0 && (
        <span className="faint t12">
          <Trans>Cleared from the clipboard</Trans>
        </span>
      )}
    </>
  );
}

function KitWarning({ saved }: { saved: { path: string; warning: string | null } | null }): ReactNode {
  if (saved?.warning != null) {
    return (
      <Note tone="amber" live className="keynote">
        <strong>
          <Trans>Keep the kit outside what it opens.</Trans>
        </strong>{' '}
        {saved.warning}
        <PathText path={saved.path} className="t12 dim" />
      </Note>
    );
  }
  if (saved !== null) {
    return (
      <Note tone="good" live className="keynote">
        <Trans>
          <strong>The kit is saved.</strong> Print it, then move the file to a place that isn’t backed up or synced.
          Keep restore.mjs with it: this small program restores everything without Holdfast.
          <PathText path={saved.path} className="t12 dim" />
        </Trans>
      </Note>
    );
  }
  return (
    <Note className="keynote">
      <Trans>
        <strong>Keep the kit outside what it opens.</strong> A file in a folder that is backed up or synced can be read
        by whoever gets in there. Paper can’t be hacked.
      </Trans>
    </Note>
  );
}

/**
 * The digits that main holds, hidden until asked for, and their kit: shown, printed, saved, copied.
 * @param onTaken called when they were shown or put on paper
 */
export function KeyKit({ destination, onTaken }: { destination: string; onTaken: () => void }): ReactNode {
  const computer = useAppState((s) => s.computerName);
  const [revealed, setRevealed] = useState<Revealed | null>(null);
  const [saved, setSaved] = useState<{ path: string; warning: string | null } | null>(null);
  // The digits live in this component alone; they go when it goes, and main forgets that they are shown.
  useEffect(() => () => void api.setup.hideKey().catch(() => undefined), []);

  // Not through the query cache: nothing may keep the digits after they are hidden.
  const [showing, setShowing] = useState(false);
  const show = (): void => {
    setShowing(true);
    api.setup
      .revealKey()
      .then((value) => {
        setRevealed(value);
        onTaken();
      })
      .catch((error: unknown) => toast.error(toUserError(error)))
      .finally(() => setShowing(false));
  };
  const hide = (): void => {
    setRevealed(null);
    void api.setup.hideKey().catch(() => undefined);
  };

  const print = useAction(api.setup.printKit, { onDone: onTaken });
  const save = useAction(api.setup.saveKit, {
    onDone: (value) => {
      if (value === null) return;
      setSaved(value);
      onTaken();
    },
  });

  return (
    <div className="keypage">
      <section aria-label={t`Your 64-digit key`}>
        <div className="card keycard">
          <div className="sec">
            <h2>
              <Trans>Your 64-digit key</Trans>
            </h2>
            <span className="faint t12">
              <Trans>Digits 0–9 and letters A–F</Trans>
            </span>
            {revealed !== null && (
              <span className="push">
                <Button variant="quiet" size="s" icon={EyeOff} onPress={hide}>
                  <Trans>Hide</Trans>
                </Button>
              </span>
            )}
          </div>
          <div className="keyshow">
            <KeyGrid groups={revealed?.groups ?? null} checks={revealed?.rowChecks ?? ['', '', '', '']} />
            {revealed === null && (
              <div className="keycover">
                <Button icon={Eye} pending={showing} onPress={show}>
                  <Trans>Show the key</Trans>
                </Button>
                <p className="help">
                  <Trans>Make sure that nobody looks over your shoulder.</Trans>
                </p>
              </div>
            )}
          </div>
          <p className="keychecks help">
            <Trans>The two small letters at the end of a row only check it. They are not part of the key.</Trans>
          </p>
        </div>
        <div className="keyacts">
          <Button icon={Printer} pending={print.pending} onPress={() => print.run()}>
            <Trans>Print the kit</Trans>
          </Button>
          <Button icon={FileDown} pending={save.pending} onPress={() => save.run()}>
            <Trans>Save as PDF</Trans>
          </Button>
          <CopyKey onTaken={onTaken} />
        </div>
        <KitWarning saved={saved} />
      </section>
      <figure className="kit">
        <KitPage
          computer={computer}
          destination={destination}
          groups={revealed?.groups ?? null}
          checks={revealed?.rowChecks ?? null}
          qr={revealed?.qr ?? null}
        />
        <figcaption className="t12 faint">
          <Trans>One page. Keep two copies, in two places.</Trans>
        </figcaption>
      </figure>
    </div>
  );
}
