import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Ellipsis, EyeOff, FolderOpen, RefreshCw, Settings2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { SkippedItem } from '../../../preload/contract.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Menu } from '../../components/overlays.tsx';
import { visibleName } from '../../components/visible.ts';
import { splitPath } from '../../components/format.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { navigate } from '../../state/route.ts';
import { fixesOf, type Cause, type Fix } from './causes.ts';
import { LeaveOut, LeaveOutSheet, useRulesFor } from './leave-out.tsx';
import { useActiveRun } from './use-runs.ts';

function TryAgain(): ReactNode {
  const active = useActiveRun();
  const start = useAction(() => api.backup.start(), { onDone: () => navigate({ screen: 'home' }) });
  return (
    <Button size="s" icon={RefreshCw} pending={start.pending} isDisabled={active !== null} onPress={() => start.run()}>
      <Trans>Try again now</Trans>
    </Button>
  );
}

/** The system's own page for it; macOS alone has one. */
function OpenAccess(): ReactNode {
  const open = useAction(() => api.activity.openAccess());
  return (
    <Button size="s" icon={Settings2} pending={open.pending} onPress={() => open.run()}>
      <Trans>Open Full Disk Access</Trans>
    </Button>
  );
}

function SeeRules(): ReactNode {
  return (
    <Button size="s" variant="quiet" onPress={() => navigate({ screen: 'settings', section: 'excludes' })}>
      <Trans>See the rules</Trans>
    </Button>
  );
}

/** What can be done about every item of a cause at once, from the screen that shows it. */
export function CauseActions({ cause }: { cause: Cause }): ReactNode {
  const platform = useAppState((state) => state.platform);
  const button: Record<Fix, ReactNode> = {
    access: <OpenAccess key="access" />,
    'leave-out': <LeaveOut key="leave-out" cause={cause} />,
    again: <TryAgain key="again" />,
    rules: <SeeRules key="rules" />,
  };
  const fixes = fixesOf(cause.reason, platform);
  return fixes.length === 0 ? null : <>{fixes.map((fix) => button[fix])}</>;
}

/** What can be done about one item. `at` is its place among the run's skipped items. */
export function ItemActions({ runId, item, at }: { runId: string; item: SkippedItem; at: number }): ReactNode {
  const [leaving, setLeaving] = useState(false);
  const show = useAction(() => api.activity.showItem({ id: runId, item: at }));
  const rules = useRulesFor([item]);
  const name = visibleName(splitPath(item.path)[1]);
  return (
    <>
      <Menu
        label={name}
        trigger={<IconButton label={t`More for ${name}`} icon={Ellipsis} size="s" />}
        items={[
          { id: 'show', word: t`Show in the file manager`, icon: FolderOpen, onAction: () => show.run() },
          {
            id: 'leave-out',
            word: t`Leave this one out…`,
            icon: EyeOff,
            disabled: rules.patterns.length === 0,
            onAction: () => setLeaving(true),
          },
        ]}
      />
      <LeaveOutSheet open={leaving} onClose={() => setLeaving(false)} rules={rules} />
    </>
  );
}
