/** Time that runs down while somebody looks on. */
import { useEffect, useState } from 'react';

/**
 * ms until a moment; 0 once it is past or where there is none.
 * @param everyMs how often it moves
 */
export function useMsUntil(at: number | null, everyMs = 1000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (at === null) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => {
      setNow(Date.now());
      if (Date.now() >= at) clearInterval(timer);
    }, everyMs);
    return () => clearInterval(timer);
  }, [at, everyMs]);
  return at === null ? 0 : Math.max(0, at - now);
}
