import { FolderOpen } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import type { PlaceDraft } from '../../../preload/contract.ts';
import { Button, Choice, ErrorNote, PathText, Skeleton } from '../../components/index.ts';
import { api, useAction, useCall } from '../../state/bridge.ts';
import { goBack, navigate, resetRoute } from '../../state/route.ts';
import { DestinationReport } from './destination-report.tsx';
import { SetupPage } from './step.tsx';
import { useWizard } from './wizard.ts';

/** S3: where backups go; the checks run for real before one goes on. */
export function StorageStep(): ReactNode {
  const { wizard, update } = useWizard();
  const suggestion = useCall(['setup', 'suggestDestination'], api.setup.suggestDestination);
  const suggested = suggestion.data;
  const { place } = wizard;
  const test = place === null ? undefined : wizard.tests[place.path];

  const check = useAction(async (at: PlaceDraft) => ({ at, found: await api.destinations.test({ cap: at.cap }) }), {
    failure: 'inline',
    onDone: ({ at, found }) => update({ tests: { ...wizard.tests, [at.path]: found } }),
  });
  const choose = useAction(api.destinations.chooseFolder, {
    onDone: (chosen) => {
      if (chosen === null) return;
      const others = wizard.offered.filter((other) => other.path !== chosen.path);
      update({ offered: [...others, chosen], place: chosen });
      check.reset();
    },
  });

  useEffect(() => {
    if (suggested === undefined || wizard.offered.some((other) => other.path === suggested.path)) return;
    update({ offered: [suggested, ...wizard.offered], place: wizard.place ?? suggested });
  }, [suggested, wizard, update]);

  const pick = (path: string): void => {
    check.reset();
    update({ place: wizard.offered.find((other) => other.path === path) ?? null });
  };
  const goOn = (): void => navigate({ screen: 'setup', step: test?.content === 'repository' ? 'key' : 'protection' });

  const primary =
    test?.ok === true ? (
      <Button variant="primary" size="wizard" onPress={goOn}>
        {test.content === 'repository' ? 'Enter its key' : 'Continue'}
      </Button>
    ) : (
      <Button
        variant="primary"
        size="wizard"
        isDisabled={place === null}
        pending={check.pending}
        onPress={() => place !== null && check.run(place)}
      >
        {test === undefined && check.error === null ? 'Test this destination' : 'Test again'}
      </Button>
    );

  return (
    <SetupPage
      current="storage"
      pageKey="storage"
      title="Where should your backups go?"
      line="Best is a disk of its own, so that losing this computer doesn’t mean losing both."
      onBack={() => (wizard.offered.length > 0 ? resetRoute({ screen: 'welcome' }) : goBack())}
      note={
        test?.ok === true
          ? 'Everything that was tried works.'
          : 'The test writes a small file, reads it back and removes it.'
      }
      primary={primary}
    >
      <div className="where">
        <section>
          {suggestion.isPending && <Skeleton label="Looking for a place" />}
          {suggestion.error !== null && wizard.offered.length === 0 && (
            <ErrorNote error={suggestion.error} tone="amber" />
          )}
          {wizard.offered.length > 0 && (
            <Choice
              label="Folder"
              hideLabel
              value={place?.path ?? null}
              onChange={pick}
              options={wizard.offered.map((option) => ({
                value: option.path,
                title: option.path === suggested?.path ? 'Suggested folder' : option.name,
                line: <PathText path={option.path} />,
              }))}
            />
          )}
          <div className="where-choose">
            <Button icon={FolderOpen} pending={choose.pending} onPress={() => choose.run()}>
              Choose another folder…
            </Button>
            <p className="help">A USB disk, a second disk, or a network folder that shows up on this computer.</p>
          </div>
        </section>
        <DestinationReport place={place} test={test} testing={check.pending} error={check.error} />
      </div>
    </SetupPage>
  );
}
