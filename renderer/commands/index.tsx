/** Commands from everywhere: listens to their keys, opens the palette and the list of shortcuts. */
import { lazy, Suspense, useCallback, useEffect, useState, type ReactNode } from 'react';
import { UnlockSheet } from '../components/unlock-sheet.tsx';
import { useAppState } from '../state/app-state.tsx';
import { api, useAction } from '../state/bridge.ts';
import { navigate } from '../state/route.ts';
import type { CommandActions } from './commands.ts';
import { useCommandKeys } from './use-command-keys.ts';

// Loaded when they are first asked for; the palette sooner, when there is time: what is typed while it loads would be lost.
const loadPalette = async () => ({ default: (await import('./palette.tsx')).Palette });
const Palette = lazy(loadPalette);
const ShortcutsSheet = lazy(async () => ({ default: (await import('./shortcuts-sheet.tsx')).ShortcutsSheet }));

type Shown = 'palette' | 'shortcuts' | 'unlock' | null;

/** Once per window, beside the screen. */
export function Commands(): ReactNode {
  const phase = useAppState((state) => state.phase);
  const platform = useAppState((state) => state.platform);
  const [shown, setShown] = useState<Shown>(null);
  const start = useAction(api.backup.start);
  const pause = useAction((until: 'hour' | 'tomorrow' | 'resumed') => api.backup.pause({ until }));
  const resume = useAction(api.backup.resume);
  const lock = useAction(api.keys.lock);
  const theme = useAction(api.settings.set);
  const palette = useCallback(() => setShown('palette'), []);
  const shortcuts = useCallback(() => setShown('shortcuts'), []);
  const close = useCallback(() => setShown(null), []);
  useCommandKeys(platform, { enabled: phase === 'ready', palette, shortcuts });
  useEffect(() => {
    const id = requestIdleCallback(() => void loadPalette(), { timeout: 5_000 });
    return () => cancelIdleCallback(id);
  }, []);
  const actions: CommandActions = {
    go: navigate,
    backUpNow: start.run,
    pause: pause.run,
    resume: resume.run,
    lock: lock.run,
    unlock: () => setShown('unlock'),
    setTheme: (next) => theme.run({ theme: next }),
    showShortcuts: shortcuts,
  };
  return (
    <Suspense>
      {shown === 'palette' && <Palette onClose={close} actions={actions} />}
      {shown === 'shortcuts' && <ShortcutsSheet onClose={close} />}
      <UnlockSheet open={shown === 'unlock'} onClose={close} />
    </Suspense>
  );
}
