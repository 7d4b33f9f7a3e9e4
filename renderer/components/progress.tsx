import type { ReactNode } from 'react';

/**
 * A bar whose width comes from attributes, as the content policy wants it.
 * @param value share done, 0 to 1; null while it is not known
 */
export function Progress({ label, value }: { label: string; value: number | null }): ReactNode {
  if (value === null) return <progress aria-label={label} />;
  return <progress aria-label={label} max={1000} value={Math.round(Math.min(1, Math.max(0, value)) * 1000)} />;
}
