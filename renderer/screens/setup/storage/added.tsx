import { ArrowUpToLine, Ellipsis, Pencil, Plug, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, IconButton, Menu, type MenuEntry } from '../../../components/index.ts';
import { PlaceReport } from '../../../components/places/place-report.tsx';
import { visibleName } from '../../../components/visible.ts';
import type { ChosenPlace } from '../wizard.ts';
import type { Places } from './use-places.ts';

/** One chosen place: how its test went, and what can be done about it. */
export function Added({
  one,
  places,
  first,
  onChange,
}: {
  one: ChosenPlace;
  places: Places;
  /** It is the first already, or the only one. */
  first: boolean;
  /** Back into the form it came from. */
  onChange: (one: ChosenPlace) => void;
}): ReactNode {
  const { draft, test } = one;
  const testing = places.testing(draft.cap);
  const items: MenuEntry[] = [
    ...(first
      ? []
      : [{ id: 'first', word: 'Make it the first', icon: ArrowUpToLine, onAction: () => places.putFirst(draft.cap) }]),
    { id: 'test', word: 'Test again', icon: Plug, disabled: testing, onAction: () => places.test(draft) },
    { id: 'change', word: 'Change…', icon: Pencil, onAction: () => onChange(one) },
    'separator',
    { id: 'remove', word: 'Take it out', icon: Trash2, onAction: () => places.remove(draft.cap) },
  ];
  return (
    <PlaceReport
      place={draft}
      test={test}
      testing={testing}
      error={places.error(draft.cap)}
      menu={
        <Menu
          label={`More for ${visibleName(draft.name)}`}
          trigger={<IconButton label={`More for ${visibleName(draft.name)}`} icon={Ellipsis} size="s" />}
          items={items}
        />
      }
      actions={
        <>
          <Button size="s" icon={Pencil} onPress={() => onChange(one)}>
            Change
          </Button>
          <Button size="s" variant="quiet" icon={Plug} onPress={() => places.test(draft)}>
            Test again
          </Button>
        </>
      }
    />
  );
}
