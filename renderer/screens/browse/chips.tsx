import type { ReactNode } from 'react';
import { ToggleButton } from 'react-aria-components';
import { formatCount } from '../../components/format.ts';

/** Filters in a row, each on or off, with how many it would show. */
export function Chips({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    <div className="chips" role="group" aria-label={label}>
      {children}
    </div>
  );
}

export function Chip({
  on,
  count,
  onPress,
  children,
}: {
  on: boolean;
  count?: number | undefined;
  onPress: () => void;
  children: ReactNode;
}): ReactNode {
  return (
    <ToggleButton className="chip" isSelected={on} onChange={onPress}>
      {children}
      {count !== undefined && <span className="num">{formatCount(count)}</span>}
    </ToggleButton>
  );
}
