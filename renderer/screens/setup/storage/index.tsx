import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { joined } from '../../../components/format.ts';
import { Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import type { PlaceDraft } from '../../../../preload/contract.ts';
import { Button, Note } from '../../../components/index.ts';
import { kindOfTyped, PlacePicker, usePicking } from '../../../components/places/picker.tsx';
import type { Typed } from '../../../components/places/typed.ts';
import { useAppState } from '../../../state/app-state.tsx';
import { api, useCall } from '../../../state/bridge.ts';
import { connectedPlace } from '../../../state/connected-place.ts';
import { goBack, navigate, resetRoute } from '../../../state/route.ts';
import { SetupPage } from '../step.tsx';
import { joinsExisting, readyPlaces, useWizard, type ChosenPlace } from '../wizard.ts';
import { Added } from './added.tsx';
import { MAX_PLACES, usePlaces } from './use-places.ts';

/** S3: where backups go. Each place is tested for real before one goes on; the suggested folder needs two presses. */
export function StorageStep(): ReactNode {
  const { wizard } = useWizard();
  const places = usePlaces();
  const picking = usePicking(wizard.places.length === 0 ? 'disk' : null);
  const suggestion = useCall(['setup', 'suggestDestination'], api.setup.suggestDestination);
  const signingIn = useAppState((state) => state.signIn !== null);
  const suggested = suggestion.data ?? null;
  const ready = readyPlaces(wizard);
  const testing = places.list.some((one) => places.testing(one.draft.cap));
  const full = places.list.length >= MAX_PLACES;
  const offered = places.list.some((one) => one.draft.path === suggested?.path) ? null : suggested;
  const restored = places.list.length === 0 ? connectedPlace() : null;
  // The suggested folder is taken by the page's own button as long as nothing else was chosen.
  const preselected = picking.kind === 'disk' && places.list.length === 0 && offered !== null;

  const add = (draft: PlaceDraft, typed: Typed | null): void => {
    places.add(draft, typed);
    picking.open(null);
  };
  const change = (one: ChosenPlace): void => {
    places.remove(one.draft.cap);
    if (one.typed !== null) picking.open(kindOfTyped(one.typed), one.typed);
    else if (one.draft.kind === 'google-drive') picking.open('google-drive');
    else picking.open('disk');
  };
  const joins = joinsExisting(wizard);
  const goOn = (): void => navigate({ screen: 'setup', step: joins ? 'key' : 'protection' });

  const primary = preselected ? (
    <Button variant="primary" size="wizard" onPress={() => add(offered, null)}>
      <Trans>Test this destination</Trans>
    </Button>
  ) : (
    <Button variant="primary" size="wizard" isDisabled={ready.length === 0} pending={testing} onPress={goOn}>
      {joins ? t`Enter its key` : t`Continue`}
    </Button>
  );
  return (
    <SetupPage
      current="storage"
      pageKey="storage"
      title={t`Where should your backups go?`}
      line={t`Choose one or more. Two places in different buildings are better than one.`}
      onBack={() => (wizard.places.length > 0 ? resetRoute({ screen: 'welcome' }) : goBack())}
      note={noteWords(preselected, ready.length, places.list.length - ready.length, testing, signingIn)}
      primary={primary}
    >
      {restored !== null && (
        <Note
          tone="good"
          className="restored-from"
          action={
            <Button onPress={() => add(restored, null)}>
              <Trans>Use it here too</Trans>
            </Button>
          }
        >
          <p>
            <strong>
              <Trans>
                The backup that you restored from is in <bdi>{restored.name}</bdi>.
              </Trans>
            </strong>{' '}
            <Trans>There this computer can go on with it.</Trans>
          </p>
        </Note>
      )}
      <PlacePicker
        picking={picking}
        prominent={!preselected && ready.length === 0 && !testing}
        suggestion={{
          place: offered,
          pending: suggestion.isPending,
          error: places.list.length === 0 ? suggestion.error : null,
          preselected,
        }}
        onPlace={add}
      >
        {joins && ready[0] !== undefined && (
          <Note tone="good" live>
            <p>
              <strong>
                <Trans>
                  <bdi>{ready[0].draft.name}</bdi> already holds a backup.
                </Trans>
              </strong>{' '}
              {ready.length > 1
                ? t`Enter its key to go on with it; the other places are filled from it.`
                : t`Enter its key to go on with it.`}
            </p>
          </Note>
        )}
        {[...ready, ...places.list.filter((one) => !ready.includes(one))].map((one, index) => (
          <Added key={one.draft.cap} one={one} places={places} first={index === 0} onChange={change} />
        ))}
        {picking.kind === null && !testing && !full && ready.length > 0 && (
          <p className="dim place-another">
            <Plus aria-hidden="true" className="i" />
            {ready.length === 1
              ? t`Choose a kind to add a second place. You can also do that later.`
              : t`Choose a kind to add another place. You can also do that later.`}
          </p>
        )}
        {full && (
          <p className="dim">
            <Trans>A plan holds up to {MAX_PLACES} places.</Trans>
          </p>
        )}
      </PlacePicker>
    </SetupPage>
  );
}

/** How far the choice is, beside the button. */
function noteWords(preselected: boolean, ready: number, failing: number, testing: boolean, signingIn: boolean): string {
  if (preselected) return t`The test writes a few files, reads them back and removes them.`;
  if (testing) return t`The test takes a moment.`;
  if (ready === 0 && failing > 0) return t`Change what doesn’t work, or choose another place.`;
  const parts = [
    ready === 0 ? null : plural(ready, { one: '# place ready', other: '# places ready' }),
    failing === 0 || ready === 0
      ? null
      : plural(failing, {
          one: '# left out, because it doesn’t work yet',
          other: '# left out, because they don’t work yet',
        }),
    signingIn ? t`1 waiting for you in the browser` : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? t`Every place is tested before it is used.` : joined(parts);
}
