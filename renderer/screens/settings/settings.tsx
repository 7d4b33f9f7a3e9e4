import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Search, SearchX, X } from 'lucide-react';
import { useEffect, useRef, useState, type ComponentType, type ReactNode } from 'react';
import { matches, SECTIONS, type SectionName } from '../../commands/commands.ts';
import { Button, EmptyState, Head, IconButton, TextField } from '../../components/index.ts';
import { visibleName } from '../../components/visible.ts';
import { useChosenPlan } from '../../state/chosen-plan.ts';
import { useRouteOf } from '../../state/route.ts';
import { AboutCard } from './about-card.tsx';
import { AlarmsCard } from './alarms-card.tsx';
import { AppearanceCard } from './appearance-card.tsx';
import { BackgroundCard } from './background-card.tsx';
import { BandwidthCard } from './bandwidth/bandwidth-card.tsx';
import { CheckCard } from './check-card.tsx';
import { DestinationCard } from './destination-card.tsx';
import { ExcludesCard } from './excludes-card.tsx';
import { FilesCard } from './files-card.tsx';
import { KeepCard } from './keep/keep-card.tsx';
import { LockCard } from './lock-card.tsx';
import { PlansCard } from './plans/plans-card.tsx';
import { SourcesCard } from './sources-card.tsx';
import { UpdatesCard } from './updates-card.tsx';
import { WhenCard } from './when-card.tsx';
import '../../theme/runs.css';
import './settings.css';
import './background.css';

const CARDS: Record<SectionName, ComponentType> = {
  plans: PlansCard,
  sources: SourcesCard,
  when: WhenCard,
  excludes: ExcludesCard,
  destinations: DestinationCard,
  bandwidth: BandwidthCard,
  keep: KeepCard,
  check: CheckCard,
  appearance: AppearanceCard,
  lock: LockCard,
  background: BackgroundCard,
  alarms: AlarmsCard,
  files: FilesCard,
  updates: UpdatesCard,
  about: AboutCard,
};

/** The wide column, in its order; the others stand beside it. */
const WIDE: readonly SectionName[] = [
  'plans',
  'sources',
  'when',
  'excludes',
  'destinations',
  'bandwidth',
  'keep',
  'check',
];

/** What is half filled in of one plan is nothing to another. */
const OF_A_PLAN: ReadonlySet<SectionName> = new Set(['sources', 'when', 'excludes', 'keep']);

/** A part of the page that other screens can lead to; takes the focus when they do. */
function Section({
  name,
  asked,
  hidden,
}: {
  name: SectionName;
  asked: string | undefined;
  hidden: boolean;
}): ReactNode {
  const ref = useRef<HTMLDivElement>(null);
  const Card = CARDS[name];
  const plan = useChosenPlan().id;
  useEffect(() => {
    if (asked !== name) return;
    const element = ref.current;
    element?.scrollIntoView({ block: 'start' });
    element?.focus({ preventScroll: true });
  }, [asked, name]);
  // Hidden, not gone: what is half typed in it stays.
  return (
    <div ref={ref} tabIndex={-1} className="setting" hidden={hidden}>
      <Card key={OF_A_PLAN.has(name) ? plan : ''} />
    </div>
  );
}

/** What is backed up, where it goes, whether it is whole; how the app looks and locks. */
export function Settings(): ReactNode {
  const route = useRouteOf('settings');
  const asked = route?.section;
  const [query, setQuery] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => setQuery(''), [route]);
  const finding = query.trim() !== '';
  const found = SECTIONS.filter((one) => matches(one, query.trim())).map(({ section }) => section);
  const clear = (): void => {
    setQuery('');
    field.current?.focus();
  };
  const column = (names: readonly SectionName[]): ReactNode => (
    <div className="stack" hidden={!names.some((name) => found.includes(name))}>
      {names.map((name) => (
        <Section key={name} name={name} asked={asked} hidden={!found.includes(name)} />
      ))}
    </div>
  );
  return (
    <>
      <div className="bar drag" />
      <div className="body">
        <div className="body-in">
          <Head
            title={t`Settings`}
            line={t`Changes hold from the next backup on. Old backups go only by the rule under “What is kept”.`}
            actions={
              <TextField
                label={t`Find a setting`}
                hideLabel
                small
                type="search"
                icon={Search}
                placeholder={t`Find a setting`}
                maxLength={100}
                className="set-find"
                inputRef={field}
                value={query}
                onChange={setQuery}
                onKeyDown={(event) => {
                  if (event.key === 'Escape') setQuery('');
                }}
                {...(query === '' ? {} : { end: <IconButton label={t`Clear`} icon={X} size="s" onPress={clear} /> })}
              />
            }
          />
          <p className="sr" role="status">
            {finding ? t`${plural(found.length, { one: '# part', other: '# parts' })} of the settings` : ''}
          </p>
          {found.length === 0 && (
            <EmptyState
              icon={SearchX}
              title={t`No setting is found by “${visibleName(query.trim())}”`}
              actions={
                <Button onPress={clear}>
                  <Trans>Show all settings</Trans>
                </Button>
              }
            >
              <Trans>Try one word of what you look for, such as “battery” or “theme”.</Trans>
            </EmptyState>
          )}
          <div className={`duo settings ${finding ? 'settings-found' : ''}`}>
            {column(WIDE)}
            {column(SECTIONS.map(({ section }) => section).filter((name) => !WIDE.includes(name)))}
          </div>
        </div>
      </div>
    </>
  );
}
