import { t } from '@lingui/core/macro';
import { ChevronRight, Ellipsis } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton, LinkButton } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/name.tsx';
import { Menu } from '../../components/overlays.tsx';
import { visibleName } from '../../components/visible.ts';

export interface Crumb {
  readonly id: string | null;
  readonly name: string;
}

const WHOLE = 4;

function Step({ crumb, onGo }: { crumb: Crumb; onGo: (id: string | null) => void }): ReactNode {
  return (
    <li>
      <LinkButton className="crumb" onPress={() => onGo(crumb.id)}>
        <Name of={crumb.name} />
      </LinkButton>
      <Icon of={ChevronRight} size={12} />
    </li>
  );
}

/** The way to the open folder; a long one keeps its ends and folds its middle into a menu. */
export function Crumbs({ crumbs, onGo }: { crumbs: readonly Crumb[]; onGo: (id: string | null) => void }): ReactNode {
  const here = crumbs.at(-1);
  const before = crumbs.slice(0, -1);
  const folds = crumbs.length > WHOLE;
  const head = folds ? before.slice(0, 1) : before;
  const middle = folds ? before.slice(1, -1) : [];
  const tail = folds ? before.slice(-1) : [];
  return (
    <nav className="crumbs" aria-label={t`Folder`}>
      <ol>
        {head.map((crumb) => (
          <Step key={crumb.id ?? ''} crumb={crumb} onGo={onGo} />
        ))}
        {folds && (
          <li>
            <Menu
              label={t`Folders between`}
              trigger={<IconButton label={t`Folders between`} icon={Ellipsis} size="s" />}
              items={middle.map((crumb) => ({
                id: crumb.id ?? '',
                word: visibleName(crumb.name),
                onAction: () => onGo(crumb.id),
              }))}
            />
            <Icon of={ChevronRight} size={12} />
          </li>
        )}
        {tail.map((crumb) => (
          <Step key={crumb.id ?? ''} crumb={crumb} onGo={onGo} />
        ))}
        <li className="crumb-here">
          <h1 className="strong ink" aria-current="page" tabIndex={-1}>
            {here === undefined ? '…' : <Name of={here.name} />}
          </h1>
        </li>
      </ol>
    </nav>
  );
}
