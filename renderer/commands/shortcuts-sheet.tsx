import type { ReactNode } from 'react';
import { Sheet } from '../components/overlays.tsx';
import { useAppState } from '../state/app-state.tsx';
import { keysFor } from './commands.ts';
import './commands.css';

type Keys = readonly string[];

const GROUPS: readonly { title: string; rows: readonly [words: string, keys: Keys][] }[] = [
  {
    title: 'Everywhere',
    rows: [
      ['Commands', ['Mod', 'K']],
      ['Home, Browse, Activity, Protection, Settings', ['Mod', '1…5']],
      ['Search every snapshot', ['Mod', 'F']],
      ['Back up now', ['Mod', 'B']],
      ['Lock now', ['Mod', 'Shift', 'L']],
      ['These shortcuts', ['Mod', '/']],
      ['Larger, smaller, usual size', ['Mod', '+ − 0']],
    ],
  },
  {
    title: 'Browse',
    rows: [
      ['Move, choose several', ['Arrows', 'Shift']],
      ['Open a folder', ['Enter']],
      ['Preview a file', ['Enter or Space']],
      ['One folder up', ['Backspace']],
      ['Jump to a name', ['Type it']],
      ['Choose all in the folder', ['Mod', 'A']],
    ],
  },
  {
    title: 'Sheets',
    rows: [
      ['Close', ['Esc']],
      ['Next field', ['Tab']],
    ],
  },
];

/** Back and forward are other keys on macOS, as in its own programs. */
const historyKeys = (mac: boolean): Keys => (mac ? ['Mod', '[ ]'] : ['Alt', '← →']);

/** All keys that the app answers to, by where they work. */
export function ShortcutsSheet({ onClose }: { onClose: () => void }): ReactNode {
  const platform = useAppState((state) => state.platform);
  const written = (keys: Keys): string => keysFor(keys, platform);
  return (
    <Sheet open onClose={onClose} title="Keyboard shortcuts" size="normal" reading>
      {GROUPS.map(({ title, rows }, at) => (
        <section key={title} className="shortcuts">
          <h3 className="label">{title}</h3>
          <dl>
            {[...rows, ...(at === 0 ? [['Back, forward', historyKeys(platform === 'darwin')] as const] : [])].map(
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
