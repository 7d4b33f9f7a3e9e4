/**
 * Dragging rows out of the window. A drop takes files from a disk, and these are not on one yet: the first move makes them
 * ready, and what is small is so while the button is still down, when the drag goes on as if nothing had been. Else the
 * window says when they are, and they are dragged once more.
 */
import { useCallback, useEffect, useRef, useState, type DragEvent } from 'react';
import { useAppState } from '../../state/app-state.tsx';
import { api, toUserError, type UserError } from '../../state/bridge.ts';

export type Dragged =
  | { readonly is: 'none' }
  | { readonly is: 'preparing' }
  | { readonly is: 'ready'; readonly items: number; readonly bytes: number }
  | { readonly is: 'failed'; readonly error: UserError };

export interface DragOut {
  readonly state: Dragged;
  /** @param ids gives the entries that are dragged; empty means the whole snapshot */
  readonly begin: (event: DragEvent, ids: () => Promise<string[]>) => void;
  /** Ends it, and removes what was made ready. */
  readonly end: () => void;
}

const NONE: Dragged = { is: 'none' };

export function useDragOut(snapshotId: string): DragOut {
  const [state, setState] = useState<Dragged>(NONE);
  const ready = useRef<{ id: string; key: string } | null>(null);
  const turn = useRef(0);
  const held = useRef(false);
  const locked = useAppState((one) => one.locked);

  useEffect(() => {
    const letGo = (): void => {
      held.current = false;
    };
    // After its drag was called off, the pointer is the page's again.
    for (const type of ['mouseup', 'pointerup', 'pointercancel', 'blur']) window.addEventListener(type, letGo, true);
    return () => {
      for (const type of ['mouseup', 'pointerup', 'pointercancel', 'blur'])
        window.removeEventListener(type, letGo, true);
    };
  }, []);

  const end = useCallback((): void => {
    turn.current++;
    ready.current = null;
    setState(NONE);
    void api.drag.clear().catch(() => undefined);
  }, []);

  // What was made ready goes with the key, and with the page.
  useEffect(() => {
    if (!locked) return;
    turn.current++;
    ready.current = null;
    setState(NONE);
  }, [locked]);
  useEffect(
    () => () => {
      turn.current++;
      if (ready.current === null) void api.drag.clear().catch(() => undefined);
    },
    [],
  );

  const begin = useCallback(
    (event: DragEvent, ids: () => Promise<string[]>): void => {
      event.preventDefault();
      held.current = true;
      const mine = ++turn.current;
      const prepare = async (): Promise<void> => {
        const entryIds = await ids();
        const key = JSON.stringify([snapshotId, entryIds]);
        if (ready.current?.key === key) return await start(ready.current.id);
        ready.current = null;
        setState({ is: 'preparing' });
        const { id, items, bytes } = await api.drag.prepare({ snapshotId, entryIds });
        if (mine !== turn.current) return;
        ready.current = { id, key };
        setState({ is: 'ready', items, bytes });
        if (held.current) await start(id);
      };
      prepare().catch((thrown: unknown) => {
        if (mine !== turn.current) return;
        const error = toUserError(thrown);
        ready.current = null;
        setState(error.code === 'stopped' ? NONE : { is: 'failed', error });
      });
    },
    [snapshotId],
  );

  return { state, begin, end };
}

async function start(id: string): Promise<void> {
  await api.drag.start({ id });
}
