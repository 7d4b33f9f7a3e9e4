/** Messages of an open archive, a page at a time as they come into view; pages seen long ago are let go of. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { ArchiveMessage } from '../../../preload/contract.ts';
import { api, toUserError, type UserError } from '../../state/bridge.ts';

const PAGE = 100;
const KEPT = 60;

export interface Messages {
  readonly at: (index: number) => ArchiveMessage | undefined;
  /** Loads what lies between two positions. */
  readonly show: (from: number, to: number) => void;
  readonly error: UserError | null;
}

export function useMessages(id: string, conversation: number, total: number): Messages {
  const pages = useRef(new Map<number, readonly ArchiveMessage[] | null>());
  const [, setRound] = useState(0);
  const [error, setError] = useState<UserError | null>(null);
  const key = `${id} ${conversation}`;
  const current = useRef(key);

  useEffect(() => {
    current.current = key;
    pages.current.clear();
    setError(null);
    setRound((n) => n + 1);
  }, [key]);

  const show = useCallback(
    (from: number, to: number): void => {
      const known = pages.current;
      for (let page = Math.floor(from / PAGE); page <= Math.floor(Math.min(to, total - 1) / PAGE); page++) {
        if (known.has(page)) continue;
        known.set(page, null);
        const ended = (): boolean => current.current !== key;
        api.preview.messages({ id, conversation, from: page * PAGE, count: PAGE }).then(
          (found) => {
            if (ended()) return;
            known.delete(page);
            known.set(page, found);
            for (const oldest of known.keys()) {
              if (known.size <= KEPT) break;
              known.delete(oldest);
            }
            setRound((n) => n + 1);
          },
          (thrown: unknown) => {
            if (!ended()) setError(toUserError(thrown));
          },
        );
      }
    },
    [conversation, id, key, total],
  );

  return {
    at: useCallback((index: number) => pages.current.get(Math.floor(index / PAGE))?.[index % PAGE], []),
    show,
    error,
  };
}
