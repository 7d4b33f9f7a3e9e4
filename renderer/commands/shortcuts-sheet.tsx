import { t } from '@lingui/core/macro';
import type { ReactNode } from 'react';
import { Sheet } from '../components/overlays.tsx';
import { useAppState } from '../state/app-state.tsx';
import { keysFor } from './commands.ts';
import './commands.css';

type Keys = readonly string[];

const GROUPS: readonly { title: string; rows: readonly [words: string, keys: Keys][] }[] = [
  {
    title: t`Everywhere`,
    rows: [
      [t`Commands`, ['Mod', 'K']],
      [t`Home, Browse, Activity, Protection, Settings`, ['Mod', '1…5']],
      [t`Search every snapshot`, ['Mod', 'F']],
      [t`Back up now`, ['Mod', 'B']],
      [t`Lock now`, ['Mod', 'Shift', 'L']],
      [t`Help`, ['F1']],
      [t`These shortcuts`, ['Mod', '/']],
      [t`Larger, smaller, usual size`, ['Mod', '+ − 0']],
    ],
  },
  {
    title: t`Browse`,
    rows: [
      [t`Move, choose several`, ['Arrows', 'Shift']],
      [t`Open a folder`, ['Enter']],
      [t`Preview a file`, [t`Enter or Space`]],
      [t`One folder up`, ['Backspace']],
      [t`Jump to a name`, [t`Type it`]],
      [t`Choose all in the folder`, ['Mod', 'A']],
    ],
  },
  {
    title: t`Sheets`,
    rows: [
      [t`Close`, [t`Esc`]],
      [t`Next field`, ['Tab']],
    ],
  },
];

/** Back and forward are other keys on macOS, as in its own programs. */
const historyKeys = (mac: boolean): Keys => {
  if (mac) return ['Mod', '[ ]'];
  return ['Alt', document.documentElement.dir === 'rtl' ? '→ ←' : '← →'];
};

/** All keys that the app answers to, by where they work. */
export function ShortcutsSheet({ onClose }: { onClose: () => void }): ReactNode {
  const platform = useAppState((state) => state.platform);
  const written = (keys: Keys): string => keysFor(keys, platform);
  return (
    <Sheet open onClose={onClose} title={t`Keyboard shortcuts`} size="normal" reading>
      {GROUPS.map(({ title, rows }, at) => (
        <section key={title} className="shortcuts">
          <h3 className="label">{title}</h3>
          <dl>
            {[...rows, ...(at === 0 ? [[t`Back, forward`, historyKeys(platform === 'darwin')] as const] : [])].map(
              ([words, keys]) => (
                <div key={words}>
                  <dt>{words}</dt>
                  <dd>
                    <kbd className="keys">{written(keys)}</kbd>
                  </dd>
                </div>
              ),
            )}
          </dl>
        </section>
      ))}
    </Sheet>
  );
}
