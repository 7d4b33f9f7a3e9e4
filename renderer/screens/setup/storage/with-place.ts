import type { ChosenPlace } from '../wizard.ts';

/** The list with one more; a place that is chosen again replaces the one before: what opens it may have changed. */
export function withPlace(list: readonly ChosenPlace[], added: ChosenPlace): readonly ChosenPlace[] {
  const { kind, path } = added.draft;
  const at = list.findIndex(({ draft }) => draft.kind === kind && draft.path === path);
  return at < 0 ? [...list, added] : list.map((one, index) => (index === at ? added : one));
}
