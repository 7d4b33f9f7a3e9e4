import { t } from '@lingui/core/macro';
import { CircleAlert, CircleCheck, Info, X } from 'lucide-react';
import { useEffect, useSyncExternalStore, type ReactNode } from 'react';
import type { Progress } from '../../preload/contract.ts';
import { useAppStateSnapshot } from '../state/app-state.tsx';
import { toast } from '../state/toasts.ts';
import { IconButton } from './button.tsx';
import { Icon } from './icon.tsx';

const ICON = { good: CircleCheck, bad: CircleAlert, plain: Info };
const INK = { good: 'good', bad: 'bad', plain: 'faint' };
const ENDED: ReadonlySet<Progress['state']> = new Set(['done', 'failed', 'stopped']);

/** The short messages at the window's lower corner. Once in the app. */
export function Toasts(): ReactNode {
  const items = useSyncExternalStore(toast.subscribe, toast.list);
  const { state } = useAppStateSnapshot();
  const progress = state?.progress ?? null;
  // A copy that is done may lack what is whole nowhere: then nothing is said here, and the place says so itself.
  const lacking = state?.destinations.some((one) => one.state === 'behind' || one.state === 'empty') ?? false;
  useEffect(() => {
    if (progress === null || !ENDED.has(progress.state)) return;
    toast.ended(progress.runId, progress.state === 'done' && !lacking);
  }, [items, progress, lacking]);
  return (
    <div
      className="toasts"
      role="region"
      aria-label={t({ context: 'of the app', message: 'Messages' })}
      aria-live="polite"
      onMouseEnter={toast.hold}
      onMouseLeave={toast.release}
      onFocus={toast.hold}
      onBlur={toast.release}
    >
      {items.map((item) => (
        <div key={item.id} className="toast">
          <Icon of={ICON[item.tone]} className={INK[item.tone]} />
          <div className="toast-text">
            <p className="medium">{item.text}</p>
            {item.guidance !== undefined && <p className="dim">{item.guidance}</p>}
          </div>
          <IconButton label={t`Close the message`} icon={X} size="s" onPress={() => toast.dismiss(item.id)} />
        </div>
      ))}
    </div>
  );
}
