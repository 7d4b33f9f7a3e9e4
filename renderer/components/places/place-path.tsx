import type { ReactNode } from 'react';
import type { PlaceDraft } from '../../../preload/contract.ts';
import { PathText } from '../surfaces.tsx';

/** "SFTP server, maren@loft.local/holdfast": where a place is; what it is before it, where its name does not tell. */
export function PlacePath({ of }: { of: Pick<PlaceDraft, 'kind' | 'kindName' | 'name' | 'path'> }): ReactNode {
  return (
    <>
      {of.kind !== 'local' && of.kindName !== of.name && <span className="nowrap">{`${of.kindName}, `}</span>}
      <PathText path={of.path} />
    </>
  );
}
