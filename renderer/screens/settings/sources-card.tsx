import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Folder, Plus, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Place } from '../../../preload/contract.ts';
import { Button, Card, Icon, IconButton, PathText, Sheet } from '../../components/index.ts';
import { Name } from '../../components/name.tsx';
import { visibleName } from '../../components/visible.ts';
import { useAction } from '../../state/bridge.ts';
import { useChosenPlan } from '../../state/chosen-plan.ts';
import { toast } from '../../state/toasts.ts';

/** The folders of the plan. The last one can't be taken out: a plan without any would protect nothing. */
export function SourcesCard(): ReactNode {
  const { name, sources, addSource, removeSource } = useChosenPlan();
  const [leaving, setLeaving] = useState<Place | null>(null);
  const add = useAction(() => addSource(), {
    onDone: (place) =>
      place !== null && toast.done(t`${visibleName(place.name)} is part of the backup from the next one on.`),
  });
  const remove = useAction((cap: string) => removeSource(cap), { onDone: () => setLeaving(null) });
  return (
    <Card
      title={t`What is backed up`}
      aside={name === null ? undefined : visibleName(name)}
      actions={
        <Button size="s" icon={Plus} pending={add.pending} onPress={() => add.run()}>
          <Trans>Add a folder…</Trans>
        </Button>
      }
    >
      <ul className="sources">
        {sources.map((source) => (
          <li key={source.cap}>
            <Icon of={Folder} className="i-folder" />
            <div className="source-text">
              <Name of={source.name} className="medium" />
              <span className="t12 faint">
                <PathText path={source.path} />
              </span>
            </div>
            {sources.length > 1 && (
              <IconButton
                label={t`Stop backing up ${visibleName(source.name)}`}
                icon={X}
                size="s"
                onPress={() => setLeaving(source)}
              />
            )}
          </li>
        ))}
      </ul>
      <Sheet
        open={leaving !== null}
        onClose={() => setLeaving(null)}
        size="narrow"
        alert
        title={t`Stop backing up ${leaving === null ? '' : visibleName(leaving.name)}?`}
        line={t`New backups no longer hold it. Earlier snapshots keep what they have of it, and you can add it again at any time.`}
        footer={
          <>
            <Button onPress={() => setLeaving(null)}>
              <Trans>Keep it</Trans>
            </Button>
            <Button
              variant="destroy"
              pending={remove.pending}
              onPress={() => leaving !== null && remove.run(leaving.cap)}
            >
              <Trans>Stop backing it up</Trans>
            </Button>
          </>
        }
      />
    </Card>
  );
}
