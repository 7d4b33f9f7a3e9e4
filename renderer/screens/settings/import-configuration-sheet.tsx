import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import type { AlarmKind, ConfigurationChanges } from '../../../preload/contract.ts';
import { Button, ErrorNote, Note, Sheet, When } from '../../components/index.ts';
import { Disclosure } from '../../components/disclosure.tsx';
import { Name } from '../../components/name.tsx';
import { visibleName } from '../../components/visible.ts';
import { api, useAction } from '../../state/bridge.ts';
import { navigate } from '../../state/route.ts';
import { toast } from '../../state/toasts.ts';
import './import-excludes.css';

type PlanChanges = ConfigurationChanges['plans'][number];

const SETTING: Record<ConfigurationChanges['settings'][number], string> = {
  theme: t`Light or dark`,
  density: t`Rows of lists`,
  language: t`Language`,
  lock: t`Minutes until it locks`,
  background: t`Notifications, and staying when the window is closed`,
  bandwidth: t`Bandwidth`,
};

const ALARM: Record<AlarmKind, string> = { heartbeat: t`Heartbeat`, webhook: t`Webhook`, email: t`E-mail` };

/** True where a plan of the file changes anything here. */
function changesPlan({ into, sources, excludes, when, keep }: PlanChanges): boolean {
  return sources.length > 0 || (into !== null && (excludes.length > 0 || when || keep === 'set'));
}

function Lines({ of }: { of: readonly string[] }): ReactNode {
  return (
    <ul className="import-list">
      {of.map((line) => (
        <li key={line}>
          <Name of={line} />
        </li>
      ))}
    </ul>
  );
}

function PlanRow({ plan }: { plan: PlanChanges }): ReactNode {
  const { name, into, sources, excludes, missing, when, keep } = plan;
  const stranded = into === null && sources.length === 0;
  return (
    <li>
      <p className="medium">{into === null ? t`New plan: ${visibleName(name)}` : t`Into “${visibleName(into)}”`}</p>
      {stranded && (
        <p className="dim">
          <Trans>Not added: nothing of it is on this computer.</Trans>
        </p>
      )}
      {!stranded && !changesPlan(plan) && keep !== 'stays' && (
        <p className="dim">
          <Trans>It is as in the file.</Trans>
        </p>
      )}
      {!stranded && when && (
        <p className="dim">
          <Trans>Backups start when the file says.</Trans>
        </p>
      )}
      {!stranded && keep === 'set' && (
        <p className="dim">
          <Trans>What is kept follows the file’s rule.</Trans>
        </p>
      )}
      {keep === 'stays' && (
        <p className="dim">
          <Trans>What is kept stays as it is here: another rule could remove backups.</Trans>
        </p>
      )}
      {!stranded && sources.length > 0 && (
        <Disclosure title={plural(sources.length, { one: '# folder or file is added', other: '# are backed up too' })}>
          <Lines of={sources} />
        </Disclosure>
      )}
      {!stranded && excludes.length > 0 && (
        <Disclosure title={plural(excludes.length, { one: '# rule is added', other: '# rules are added' })}>
          <Lines of={excludes} />
        </Disclosure>
      )}
      {missing.length > 0 && (
        <Disclosure
          title={plural(missing.length, { one: '# is not on this computer', other: '# are not on this computer' })}
        >
          <Lines of={missing} />
        </Disclosure>
      )}
    </li>
  );
}

/** What a saved configuration would change here, and what has to be entered again. */
export function ImportConfigurationSheet({
  changes,
  onClose,
}: {
  changes: ConfigurationChanges;
  onClose: () => void;
}): ReactNode {
  const { name, computer, madeAt, plans, settings, places, alarms } = changes;
  const some = settings.length > 0 || plans.some(changesPlan);
  const again = places.length > 0 || alarms.length > 0;
  const apply = useAction(() => api.transfer.applyConfiguration(), {
    failure: 'inline',
    onDone: () => {
      toast.done(t`The configuration is taken over.`);
      onClose();
      if (places.length > 0) navigate({ screen: 'settings', section: 'destinations' });
    },
  });
  return (
    <Sheet
      open
      onClose={onClose}
      keep={apply.pending}
      reading
      title={t`Take over ${visibleName(name)}`}
      line={
        <Trans>
          From <bdi>{visibleName(computer)}</bdi>, <When at={madeAt} />. Nothing is changed before you say so, and
          nothing of yours is removed.
        </Trans>
      }
      footer={
        <>
          <Button onPress={onClose}>{some ? t`Cancel` : t`Close`}</Button>
          {some && (
            <Button variant="primary" pending={apply.pending} onPress={() => apply.run()}>
              <Trans>Take it over</Trans>
            </Button>
          )}
        </>
      }
    >
      <div className="import-rules">
        {!some && (
          <Note tone="good">
            <Trans>Everything that can be taken over is so already.</Trans>
          </Note>
        )}
        {plans.length > 0 && (
          <section>
            <h3 className="label">
              <Trans>Plans</Trans>
            </h3>
            <ul className="rows lines-left">
              {plans.map((plan) => (
                <PlanRow key={plan.name} plan={plan} />
              ))}
            </ul>
          </section>
        )}
        {settings.length > 0 && (
          <section>
            <h3 className="label">
              <Trans>Settings that change</Trans>
            </h3>
            <Lines of={settings.map((part) => SETTING[part])} />
          </section>
        )}
        {again && (
          <section>
            <h3 className="label">
              <Trans>To enter again</Trans>
            </h3>
            <p className="dim">
              <Trans>
                No secret is in the file. Add these yourself; each asks for its password, sign-in or address.
              </Trans>
            </p>
            <ul className="rows lines-left">
              {places.map((place) => (
                <li key={`${place.kindName} ${place.at}`}>
                  <p>
                    <Name of={place.name} className="medium" /> <span className="faint">{place.kindName}</span>
                  </p>
                  <p className="dim">
                    <Name of={place.at} />
                  </p>
                </li>
              ))}
              {alarms.map((kind) => (
                <li key={kind}>
                  <p className="medium">{ALARM[kind]}</p>
                </li>
              ))}
            </ul>
          </section>
        )}
        {apply.error !== null && <ErrorNote error={apply.error} tone="amber" />}
      </div>
    </Sheet>
  );
}
