import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';

/** More of a form, for those who need it. */
export function Disclosure({
  title,
  open,
  onOpen,
  children,
}: {
  title: string;
  open?: boolean;
  onOpen?: (open: boolean) => void;
  children: ReactNode;
}): ReactNode {
  return (
    <details
      className="more-of"
      {...(open === undefined ? {} : { open })}
      onToggle={(event) => onOpen?.(event.currentTarget.open)}
    >
      <summary>
        <Icon of={ChevronRight} />
        {title}
      </summary>
      <div className="more-of-in">{children}</div>
    </details>
  );
}
