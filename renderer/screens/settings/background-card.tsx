import { t } from '@lingui/core/macro';
import type { ReactNode } from 'react';
import type { AppState } from '../../../preload/contract.ts';
import { Card, Switch } from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';

const LOGIN_LINE: Record<AppState['background']['startAtLogin'], string> = {
  on: t`In the background, without a window.`,
  off: t`Until you start Holdfast yourself, nothing is backed up.`,
  refused: t`Turned off in the system’s own settings for what starts at login. Turn it on there.`,
  unknown: t`This system doesn’t say what starts at login.`,
};

/** One thing that is on or off, with what that means. */
function Row({
  word,
  line,
  selected,
  disabled = false,
  onChange,
}: {
  word: string;
  line: string;
  selected: boolean;
  disabled?: boolean;
  onChange: (on: boolean) => void;
}): ReactNode {
  return (
    <li>
      <Switch selected={selected} disabled={disabled} onChange={onChange}>
        <span className="switch-text">
          <span className="medium">{word}</span>
          <span className="t12 faint">{line}</span>
        </span>
      </Switch>
    </li>
  );
}

/** Whether Holdfast is there when nobody looks, and when it makes itself heard. */
export function BackgroundCard(): ReactNode {
  const { keepRunning, notify, startAtLogin, tray } = useAppState((state) => state.background);
  const platform = useAppState((state) => state.platform);
  const set = useAction((change: Parameters<typeof api.background.set>[0]) => api.background.set(change));
  return (
    <Card title={t`Start and background`}>
      <ul className="rows switches">
        <Row
          word={t`Start with this computer`}
          line={LOGIN_LINE[startAtLogin]}
          selected={startAtLogin === 'on'}
          disabled={set.pending}
          onChange={(on) => set.run({ startAtLogin: on })}
        />
        {/* On macOS every program stays when its window is closed. */}
        {platform !== 'darwin' && (
          <Row
            word={t`Keep backing up when the window is closed`}
            line={
              tray
                ? t`Its icon beside the clock opens the window again.`
                : t`This desktop has no place for its icon: start Holdfast again to see its window.`
            }
            selected={keepRunning}
            onChange={(on) => set.run({ keepRunning: on })}
          />
        )}
        <Row
          word={t`Tell me when something needs me`}
          line={t`Only when things get worse; never that a backup went well.`}
          selected={notify}
          onChange={(on) => set.run({ notify: on })}
        />
      </ul>
    </Card>
  );
}
