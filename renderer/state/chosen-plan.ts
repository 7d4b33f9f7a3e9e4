/** Which plan the settings are about. With one plan there is nothing to choose, and nothing is said of plans. */
import { useMemo, useSyncExternalStore } from 'react';
import type { Destination, Keep, Place, When } from '../../preload/contract.ts';
import { useAppState } from './app-state.tsx';
import { api } from './bridge.ts';

let chosen: string | null = null;
const listeners = new Set<() => void>();

/** Null for the first plan. */
export function choosePlan(id: string | null): void {
  chosen = id;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export interface ChosenPlan {
  /** Null where it is the only one. */
  id: string | null;
  /** Its name; null where it is the only one. */
  name: string | null;
  sources: readonly Place[];
  excludes: readonly string[];
  when: When;
  keep: Keep | null;
  /** Those that it goes to. */
  destinations: readonly Destination[];
  addSource: () => Promise<Place | null>;
  removeSource: (cap: string) => Promise<null>;
  setExcludes: (excludes: string[]) => Promise<null>;
  setWhen: (when: When) => Promise<null>;
  setKeep: (keep: Keep | null) => Promise<null>;
}

export function useChosenPlan(): ChosenPlan {
  const wanted = useSyncExternalStore(subscribe, () => chosen);
  const plans = useAppState((state) => state.plans);
  const sources = useAppState((state) => state.sources);
  const excludes = useAppState((state) => state.excludes);
  const when = useAppState((state) => state.when);
  const keep = useAppState((state) => state.care.keep);
  const destinations = useAppState((state) => state.destinations);
  return useMemo((): ChosenPlan => {
    const plan = plans.find(({ id }) => id === wanted) ?? plans[0];
    if (plan === undefined || plans.length < 2) {
      return {
        id: null,
        name: null,
        sources,
        excludes,
        when,
        keep,
        destinations,
        addSource: () => api.settings.addSource(),
        removeSource: (cap) => api.settings.removeSource({ cap }),
        setExcludes: (next) => api.settings.setExcludes({ excludes: next }),
        setWhen: (next) => api.settings.setWhen(next),
        setKeep: (next) => api.care.setKeep({ keep: next }),
      };
    }
    const { id, where } = plan;
    return {
      id,
      name: plan.name,
      sources: plan.sources,
      excludes: plan.excludes,
      when: plan.when,
      keep: plan.keep,
      destinations: destinations.filter((one) => where === null || where.includes(one.id)),
      addSource: () => api.plans.addSource({ id }),
      removeSource: (cap) => api.plans.removeSource({ id, cap }),
      setExcludes: (next) => api.plans.change({ id, excludes: next }),
      setWhen: (next) => api.plans.change({ id, when: next }),
      setKeep: (next) => api.plans.change({ id, keep: next }),
    };
  }, [plans, wanted, sources, excludes, when, keep, destinations]);
}
