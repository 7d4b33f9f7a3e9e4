import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

/** An icon at one of the three sizes; decoration only, the word beside it says it. */
export function Icon({
  of: Glyph,
  size = 16,
  className = '',
}: {
  of: LucideIcon;
  size?: 12 | 16 | 20;
  className?: string;
}): ReactNode {
  return <Glyph aria-hidden="true" className={`i ${size === 16 ? '' : `i${size}`} ${className}`} />;
}
