import { t } from '@lingui/core/macro';
import type { ReactNode } from 'react';
import { Segmented } from '../fields.tsx';

const WORDS = { password: t`Password`, key: t`Key file`, agent: t`SSH agent` } as const;
export type LoginBy = keyof typeof WORDS;

/** How one signs in to an SFTP server. */
export function LoginChoice<L extends LoginBy>({
  value,
  among,
  onChange,
}: {
  value: L;
  among: readonly L[];
  onChange: (next: L) => void;
}): ReactNode {
  return (
    <Segmented
      label={t`How you sign in`}
      value={value}
      onChange={onChange}
      options={among.map((by) => ({ value: by, word: WORDS[by] }))}
    />
  );
}
