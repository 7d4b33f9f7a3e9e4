/** Sizes of places, counted by main while they are shown; what was counted under the same rules is not counted again. */
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Measure } from '../../../../preload/contract.ts';
import { api, on, toUserError, type UserError } from '../../../state/bridge.ts';

/** Rules change while one types; the count starts when they have been still for this long. */
const STILL_MS = 400;

export interface Measured extends Measure {
  /** Counted under rules that have changed since: still shown, until the new count is there. */
  stale: boolean;
}

export type Measures = ReadonlyMap<string, Measured>;

let nextId = 1;

/**
 * Counts places in the order given.
 * @param caps capability ids, the important ones first
 * @param rules in gitignore syntax
 */
export function useMeasures(
  caps: readonly string[],
  rules: readonly string[],
): { measures: Measures; error: UserError | null } {
  const [measures, setMeasures] = useState<Measures>(() => new Map());
  const [error, setError] = useState<UserError | null>(null);
  const current = useRef('');
  const done = useRef(new Map<string, string>());
  const capsKey = useMemo(() => caps.join('\n'), [caps]);
  const rulesKey = useMemo(() => rules.join('\n'), [rules]);

  useEffect(
    () =>
      on('measure', (measure) => {
        if (measure.id !== current.current) return;
        setMeasures((old) => new Map(old).set(measure.cap, { ...measure, stale: false }));
        if (measure.done) done.current.set(measure.cap, rulesOf(measure.id));
      }),
    [],
  );

  useEffect(() => {
    const wanted = capsKey === '' ? [] : capsKey.split('\n').filter((cap) => done.current.get(cap) !== rulesKey);
    setMeasures((old) => {
      const changed = [...old].some(([cap, measure]) => measure.stale !== (done.current.get(cap) !== rulesKey));
      if (!changed) return old;
      return new Map([...old].map(([cap, m]) => [cap, { ...m, stale: done.current.get(cap) !== rulesKey }]));
    });
    if (wanted.length === 0) return undefined;
    const timer = setTimeout(() => {
      const id = `m${nextId++}`;
      rulesById.clear();
      rulesById.set(id, rulesKey);
      current.current = id;
      api.setup
        .measure({ id, caps: wanted, excludes: rulesKey === '' ? [] : rulesKey.split('\n') })
        .then(() => setError(null))
        .catch((failure: unknown) => setError(toUserError(failure)));
    }, STILL_MS);
    return () => clearTimeout(timer);
  }, [capsKey, rulesKey]);

  return { measures, error };
}

/** Under which rules the running count was asked for. */
const rulesById = new Map<string, string>();
function rulesOf(id: string): string {
  return rulesById.get(id) ?? '';
}
