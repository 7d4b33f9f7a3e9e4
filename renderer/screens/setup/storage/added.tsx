import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
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
      : [{ id: 'first', word: t`Make it the first`, icon: ArrowUpToLine, onAction: () => places.putFirst(draft.cap) }]),
    { id: 'test', word: t`Test again`, icon: Plug, disabled: testing, onAction: () => places.test(draft) },
    { id: 'change', word: t`Change…`, icon: Pencil, onAction: () => onChange(one) },
    'separator',
    { id: 'remove', word: t`Take it out`, icon: Trash2, onAction: () => places.remove(draft.cap) },
  ];
  return (
    <PlaceReport
      place={draft}
      test={test}
      testing={testing}
      error={places.error(draft.cap)}
      menu={
        <Menu
          label={t`More for ${visibleName(draft.name)}`}
          trigger={<IconButton label={t`More for ${visibleName(draft.name)}`} icon={Ellipsis} size="s" />}
          items={items}
        />
      }
      actions={
        <>
          <Button size="s" icon={Pencil} onPress={() => onChange(one)}>
            <Trans>Change</Trans>
          </Button>
          <Button size="s" variant="quiet" icon={Plug} onPress={() => places.test(draft)}>
            <Trans>Test again</Trans>
          </Button>
        </>
      }
    />
  );
}
