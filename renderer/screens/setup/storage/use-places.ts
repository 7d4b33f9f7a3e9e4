/** The places of the set-up: each is tested as soon as it is chosen. */
import { useEffect, useRef, useState } from 'react';
import type { PlaceDraft } from '../../../../preload/contract.ts';
import type { Typed } from '../../../components/places/typed.ts';
import { api, toUserError, type UserError } from '../../../state/bridge.ts';
import { useWizard, type ChosenPlace, type Wizard } from '../wizard.ts';
import { withPlace } from './with-place.ts';

/** As many as a plan holds. */
export const MAX_PLACES = 8;

export interface Places {
  readonly list: readonly ChosenPlace[];
  testing: (cap: string) => boolean;
  error: (cap: string) => UserError | null;
  add: (draft: PlaceDraft, typed: Typed | null) => void;
  test: (draft: PlaceDraft) => void;
  remove: (cap: string) => void;
  /** Before all the others: it is made and backed up to first. */
  putFirst: (cap: string) => void;
}

type Edit = (list: readonly ChosenPlace[]) => readonly ChosenPlace[];

export function usePlaces(): Places {
  const { wizard, update } = useWizard();
  const [outcomes, setOutcomes] = useState<Readonly<Record<string, 'testing' | UserError | undefined>>>({});
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  const edit = (how: Edit): void => update((old: Wizard) => ({ places: how(old.places) }));
  const note = (cap: string, outcome: 'testing' | UserError | undefined): void =>
    setOutcomes((old) => ({ ...old, [cap]: outcome }));

  const test = ({ cap }: PlaceDraft): void => {
    note(cap, 'testing');
    api.destinations.test({ cap }).then(
      (found) => {
        if (!here.current) return;
        note(cap, undefined);
        edit((list) => list.map((one) => (one.draft.cap === cap ? { ...one, test: found } : one)));
      },
      (error: unknown) => {
        if (!here.current) return;
        note(cap, toUserError(error));
        edit((list) => list.map((one) => (one.draft.cap === cap ? { ...one, test: null } : one)));
      },
    );
  };
  return {
    list: wizard.places,
    testing: (cap) => outcomes[cap] === 'testing',
    error: (cap) => {
      const outcome = outcomes[cap];
      return outcome === undefined || outcome === 'testing' ? null : outcome;
    },
    add: (draft, typed) => {
      edit((list) => withPlace(list, { draft, typed, test: null }));
      test(draft);
    },
    test,
    remove: (cap) => edit((list) => list.filter((one) => one.draft.cap !== cap)),
    putFirst: (cap) =>
      edit((list) => [...list.filter((one) => one.draft.cap === cap), ...list.filter((one) => one.draft.cap !== cap)]),
  };
}
