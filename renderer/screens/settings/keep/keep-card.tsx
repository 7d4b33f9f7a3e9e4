import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Check, HardDriveDownload, Minus, Plus } from 'lucide-react';
import { useDeferredValue, useState, type ReactNode } from 'react';
import { Button as AriaButton, Group, Input, Label, NumberField } from 'react-aria-components';
import type { Keep, KeepDecision } from '../../../../preload/contract.ts';
import {
  Badge,
  Button,
  Card,
  Choice,
  ErrorNote,
  formatDate,
  Icon,
  Sheet,
  Skeleton,
  useNow,
} from '../../../components/index.ts';
import { Disclosure } from '../../../components/disclosure.tsx';
import { useAppState } from '../../../state/app-state.tsx';
import { visibleName } from '../../../components/visible.ts';
import { api, useAction, useCall } from '../../../state/bridge.ts';
import { useChosenPlan } from '../../../state/chosen-plan.ts';
import { toast } from '../../../state/toasts.ts';
import { FreeSheet } from './free-sheet.tsx';
import { KeepStrip } from './keep-strip.tsx';
import { COUNTS, FIRST_CUSTOM, keepSentence, PRESETS, presetOf, sameKeep, type Preset } from './keep-words.ts';
import './keep.css';

/** Backups that are named one by one; more would not be read. */
const LISTED = 100;

const OPTIONS: readonly { value: Preset; title: string; line: string }[] = [
  { value: 'all', title: t`Keep everything`, line: t`No backup of the past is ever removed.` },
  { value: 'careful', title: t`Careful`, line: t`24 hours, 30 days, 12 months, 10 years: one backup of each.` },
  { value: 'small', title: t`Small`, line: t`7 days, 4 weeks, 6 months: one backup of each.` },
  { value: 'custom', title: t`Your own numbers`, line: t`For those who know what they need.` },
];

function Numbers({ keep, onChange }: { keep: Keep; onChange: (keep: Keep) => void }): ReactNode {
  return (
    <div className="keep-numbers">
      {COUNTS.map(([key, title]) => (
        <NumberField
          key={key}
          value={keep[key]}
          minValue={0}
          maxValue={9999}
          onChange={(value) => onChange({ ...keep, [key]: Number.isNaN(value) ? 0 : value })}
          className="field"
        >
          <Label className="field-label">{title}</Label>
          <Group className="input input-s stepper">
            <AriaButton slot="decrement" className="btn btn-q btn-icon btn-s">
              <Icon of={Minus} />
            </AriaButton>
            <Input className="num" />
            <AriaButton slot="increment" className="btn btn-q btn-icon btn-s">
              <Icon of={Plus} />
            </AriaButton>
          </Group>
        </NumberField>
      ))}
    </div>
  );
}

function Going({ decisions }: { decisions: readonly KeepDecision[] }): ReactNode {
  const gone = decisions.filter(({ keep }) => !keep);
  const now = useNow();
  if (gone.length === 0) return null;
  return (
    <Disclosure
      title={plural(gone.length, {
        one: 'See the # backup that would go',
        other: 'See the # backups that would go',
      })}
    >
      <ul className="keep-gone num" tabIndex={0} aria-label={t`Backups that would go`}>
        {gone.slice(0, LISTED).map((one) => (
          <li key={one.id}>{formatDate(one.at, now)}</li>
        ))}
        {gone.length > LISTED && (
          <li className="faint">{plural(gone.length - LISTED, { one: 'and # more', other: 'and # more' })}</li>
        )}
      </ul>
    </Disclosure>
  );
}

function Preview({ keep }: { keep: Keep | null }): ReactNode {
  const { id } = useChosenPlan();
  const pins = useAppState((state) => state.care.pins);
  const stored = useAppState((state) => state.snapshotCount);
  const now = useNow();
  const preview = useCall(
    ['care', 'preview', keep, pins, stored, id],
    () => api.care.preview(id === null ? { keep } : { keep, plan: id }),
    { live: true },
  );
  if (preview.error !== null) return <ErrorNote error={preview.error} tone="amber" />;
  if (preview.data === undefined) return <Skeleton lines={2} label={t`Looking at your backups`} />;
  if (preview.data.length === 0)
    return (
      <p className="dim">
        <Trans>There is no backup yet that a rule could apply to.</Trans>
      </p>
    );
  const stays = preview.data.filter((one) => one.keep).length;
  const goes = preview.data.length - stays;
  return (
    <>
      <KeepStrip decisions={preview.data} now={now} />
      <p className="keep-legend num" role="status">
        <span className="row">
          <span className="keep-dot keep-dot-stays" aria-hidden="true" />
          {plural(stays, { one: '# stays', other: '# stay' })}
        </span>
        <span className="row">
          <span className="keep-dot keep-dot-goes" aria-hidden="true" />
          {goes === 0 ? t`None would go` : plural(goes, { one: '# would go', other: '# would go' })}
        </span>
        {pins.length > 0 && (
          <span className="faint">{plural(pins.length, { one: '# backup pinned', other: '# backups pinned' })}</span>
        )}
      </p>
      <Going decisions={preview.data} />
    </>
  );
}

/** Which backups of the past stay: a rule, what it means for the real ones, and the room that it frees. */
export function KeepCard(): ReactNode {
  const { name, keep: stored, setKeep } = useChosenPlan();
  const [preset, setPreset] = useState<Preset>(() => presetOf(stored));
  const [custom, setCustom] = useState<Keep>(() => (presetOf(stored) === 'custom' && stored) || FIRST_CUSTOM);
  const [asking, setAsking] = useState(false);
  const [freeing, setFreeing] = useState(false);
  const keep = preset === 'custom' ? custom : PRESETS[preset];
  const shown = useDeferredValue(keep);
  const changed = !sameKeep(keep, stored);
  const empty = keep !== null && COUNTS.every(([key]) => keep[key] === 0);
  const save = useAction((next: Keep | null) => setKeep(next), {
    failure: 'inline',
    onDone: () => {
      setAsking(false);
      toast.done(t`The rule holds from the next clean-up on.`);
    },
  });
  return (
    <Card
      title={t`What is kept`}
      aside={name === null ? undefined : visibleName(name)}
      className="keep"
      actions={
        <Button size="s" icon={HardDriveDownload} onPress={() => setFreeing(true)}>
          <Trans>Free space…</Trans>
        </Button>
      }
    >
      <div className="card-in keep-in">
        <Choice label={t`Which backups stay`} hideLabel value={preset} onChange={setPreset} options={OPTIONS} />
        {preset === 'custom' && <Numbers keep={custom} onChange={setCustom} />}
        <p className="medium">{keepSentence(keep)}</p>
        {!empty && <Preview keep={shown} />}
        {save.error !== null && <ErrorNote error={save.error} />}
      </div>
      <div className="card-foot">
        <p className="t12 faint">
          <Trans>
            Looked after once a day, after a backup. The newest backup and pinned ones always stay; pin one in Browse.
          </Trans>
        </p>
        {changed ? (
          <Button
            size="s"
            isDisabled={empty}
            pending={save.pending}
            onPress={() => (keep === null ? save.run(null) : setAsking(true))}
          >
            <Trans>Use this rule</Trans>
          </Button>
        ) : (
          <Badge icon={Check}>
            <Trans>In use</Trans>
          </Badge>
        )}
      </div>
      <Sheet
        open={asking}
        onClose={() => setAsking(false)}
        size="narrow"
        alert
        title={t`Let this rule remove old backups?`}
        line={`${keepSentence(keep)} ${t`The others go with the next clean-up, at every place, and nobody can bring them back. Your files themselves are not touched.`}`}
        footer={
          <>
            <Button onPress={() => setAsking(false)}>
              <Trans>Not now</Trans>
            </Button>
            <Button variant="destroy" pending={save.pending} onPress={() => save.run(keep)}>
              <Trans>Use this rule</Trans>
            </Button>
          </>
        }
      />
      <FreeSheet open={freeing} onClose={() => setFreeing(false)} />
    </Card>
  );
}
