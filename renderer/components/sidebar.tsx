import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { CircleQuestionMark, Lock, LockOpen, TriangleAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { Destination } from '../../preload/contract.ts';
import { useAppState } from '../state/app-state.tsx';
import { api, useAction } from '../state/bridge.ts';
import { navigate, useRoute, type Screen } from '../state/route.ts';
import { Button } from './button.tsx';
import { formatCount, formatTime } from './format.ts';
import { Icon } from './icon.tsx';
import { MAIN_PLACES, type MainPlace } from './main-places.ts';
import { inkOf, isMemoryOnly, Mark, markOf } from './mark.tsx';
import { shortWords, stateWords } from './places/destination-words.ts';
import { iconOf } from './places/kinds.ts';
import { UnlockSheet } from './unlock-sheet.tsx';

/** Which place of the sidebar a screen belongs to. */
function placeOf(screen: Screen): Screen {
  if (screen === 'password') return 'protection';
  return screen === 'restore' ? 'browse' : screen;
}

function Place({ route, word, icon, here, count }: MainPlace & { here: boolean; count: number }): ReactNode {
  return (
    <li>
      <AriaButton onPress={() => navigate(route)} {...(here ? { 'aria-current': 'page' } : {})}>
        <Icon of={icon} />
        <span className="nav-word">{word}</span>
        {count > 0 && (
          <span className="count">
            {formatCount(count)}
            <span className="sr">
              {' '}
              <Trans>items could not be read</Trans>
            </span>
          </span>
        )}
      </AriaButton>
    </li>
  );
}

function Destinations({ items }: { items: readonly Destination[] }): ReactNode {
  if (items.length === 0) return null;
  return (
    <>
      <h2 className="label" id="side-destinations">
        <Trans>Destinations</Trans>
      </h2>
      <ul className="dests" aria-labelledby="side-destinations">
        {items.map((item) => {
          const state = stateWords(item);
          return (
            <li key={item.id}>
              <AriaButton onPress={() => navigate({ screen: 'settings', section: 'destinations' })}>
                <Icon of={iconOf(item.kind)} />
                <bdi className="medium clip">{item.name}</bdi>
                <Icon of={state.icon} className={state.ink} />
                <small className="clip" title={item.message}>
                  {shortWords(item)}
                </small>
              </AriaButton>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function LockState(): ReactNode {
  const locked = useAppState((s) => s.locked);
  const lockAt = useAppState((s) => s.lockAt);
  const lock = useAction(api.keys.lock);
  const [unlocking, setUnlocking] = useState(false);
  return (
    <div className="side-foot">
      <Icon of={locked ? Lock : LockOpen} />
      <span className="nowrap num">
        {locked ? t`Locked` : lockAt === null ? t`Unlocked` : t`Unlocked until ${formatTime(lockAt)}`}
      </span>
      <span className="push">
        {locked ? (
          <Button variant="quiet" size="s" onPress={() => setUnlocking(true)}>
            <Trans>Unlock</Trans>
          </Button>
        ) : (
          <Button variant="quiet" size="s" pending={lock.pending} onPress={() => lock.run()}>
            <Trans>Lock</Trans>
          </Button>
        )}
      </span>
      <UnlockSheet open={unlocking} onClose={() => setUnlocking(false)} />
    </div>
  );
}

/** Health first, then five places, destinations with their state, help and the lock last. The same on every screen. */
export function Sidebar(): ReactNode {
  const state = useAppState();
  const here = placeOf(useRoute().screen);
  return (
    <nav className="side" aria-label={t`Main`}>
      <div className="side-top drag" />
      <div className="side-scroll">
        <div className="side-health">
          <Mark state={markOf(state.health)} />
          <div className="clip">
            <p className={`strong ${inkOf(state.health)}`}>{state.health.word}</p>
            <p className="t12 faint clip" dir="auto" title={state.computerName}>
              {state.computerName}
            </p>
          </div>
        </div>
        <ul className="nav">
          {MAIN_PLACES.map((place) => (
            <Place
              key={place.word}
              {...place}
              here={place.route.screen === here}
              count={place.route.screen === 'activity' ? state.skippedCount : 0}
            />
          ))}
        </ul>
        <Destinations items={state.destinations} />
      </div>
      {isMemoryOnly(state) && (
        <div className="note note-amber side-risk" title={state.keychain.message ?? undefined}>
          <Icon of={TriangleAlert} />
          <p>
            <Trans>At risk: backups stop when you quit</Trans>
          </p>
        </div>
      )}
      <ul className="nav side-help">
        <Place route={{ screen: 'help' }} word={t`Help`} icon={CircleQuestionMark} here={here === 'help'} count={0} />
      </ul>
      <LockState />
    </nav>
  );
}
