import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { GitCompareArrows, LayoutGrid, Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { IconButton } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { useAppState } from '../../state/app-state.tsx';

/** At the end of the bar over the files: the looks across snapshots. */
export function BrowseTools({
  onSearch,
  onCompare,
  onSizes,
}: {
  onSearch: () => void;
  onCompare: () => void;
  onSizes: () => void;
}): ReactNode {
  const mac = useAppState((state) => state.platform) === 'darwin';
  return (
    <>
      <IconButton label={t`What changed`} icon={GitCompareArrows} size="s" onPress={onCompare} />
      <IconButton label={t`Sizes of folders`} icon={LayoutGrid} size="s" onPress={onSizes} />
      <AriaButton className="find-button" onPress={onSearch} aria-label={t`Search every snapshot`}>
        <Icon of={Search} />
        <span className="clip">
          <Trans>Search every snapshot</Trans>
        </span>
        <kbd>{mac ? '⌘F' : t`Ctrl F`}</kbd>
      </AriaButton>
    </>
  );
}
