/** What shows numbers: the line of snapshots, what is kept, sizes as areas, a run's phases and speed, days and places. */
import '../../../../renderer/theme/runs.css';
import '../../../../renderer/screens/browse/browse.css';
import '../../../../renderer/screens/browse/look.css';
import '../../../../renderer/screens/settings/keep/keep.css';
import type { ReactNode } from 'react';
import { Card } from '../../../../renderer/components/index.ts';
import { Timeline } from '../../../../renderer/screens/browse/timeline.tsx';
import { TreemapView } from '../../../../renderer/screens/browse/sizes/treemap-view.tsx';
import { CalendarCard } from '../../../../renderer/screens/home/calendar-card.tsx';
import { DestinationsCard } from '../../../../renderer/screens/home/destinations-card.tsx';
import { GrowthCard } from '../../../../renderer/screens/home/growth-card.tsx';
import { Phases } from '../../../../renderer/screens/home/phases.tsx';
import { Throughput } from '../../../../renderer/screens/home/throughput.tsx';
import { KeepStrip } from '../../../../renderer/screens/settings/keep/keep-strip.tsx';
import { formatBytes } from '../../../../renderer/components/format.ts';
import { DAY, FOLDERS, GB, runs, snapshots, three } from '../data.ts';
import { frozenRun } from '../simulation.ts';
import { One } from './frame.tsx';
import { say } from './say.ts';

const RUN = frozenRun('backup', 0.62, { files: 418_209, bytes: 18.5 * GB });
const OWN = snapshots(120).filter(({ clientId }, _, all) => clientId === all[0]?.clientId);
const KEPT = OWN.map(({ id, at }, i) => ({
  id,
  at: Math.min(at, Date.now() - i * DAY),
  keep: i < 20 || i % 7 === 0,
  pinned: i === 30,
  reasons: ['daily'],
}));
const TILES = Object.entries(FOLDERS)
  .filter(([name]) => !name.includes('/'))
  .sort(([, a], [, b]) => b.bytes - a.bytes)
  .map(([name, { bytes }]) => ({
    id: name,
    name,
    value: bytes,
    line: formatBytes(bytes),
    label: name,
    tone: name === 'Downloads' ? ('less' as const) : ('folder' as const),
    inside: [{ id: `${name}/2026`, name: '2026', bytes: bytes * 0.4 }],
  }));

export function Pictures(): ReactNode {
  return (
    <>
      <One name="Timeline" wide>
        <Card>
          <div className="gal-pad">
            <Timeline snapshots={OWN} selectedId={OWN[3]?.id ?? ''} onSelect={() => undefined} />
          </div>
        </Card>
      </One>
      <One name="KeepStrip" wide>
        <Card>
          <div className="gal-pad">
            <KeepStrip decisions={KEPT} now={Date.now()} />
          </div>
        </Card>
      </One>
      <One name="TreemapView" wide>
        <div className="gal-map">
          <TreemapView
            tiles={TILES}
            label={say('Sizes')}
            cursor="Videos"
            onCursor={() => undefined}
            onOpen={() => undefined}
            onUp={() => undefined}
          />
        </div>
      </One>
      <One name="Phases, Throughput" wide>
        <Phases progress={RUN} />
        <Card>
          <Throughput history={RUN.rateHistory} />
        </Card>
      </One>
      <One name="DestinationsCard">
        <DestinationsCard destinations={three()} />
      </One>
      <One name="GrowthCard, CalendarCard">
        <GrowthCard runs={runs()} />
        <CalendarCard runs={runs()} />
      </One>
    </>
  );
}
