import { t } from '@lingui/core/macro';
import type { ReactNode } from 'react';
import { visibleName } from '../../components/visible.ts';

const WORD = { image: t`Picture`, audio: t`Sound`, video: t`Film` } as const;

/**
 * Pictures, sound and films are decoded in a frame of another site, hence in another process, which has no scripts, no
 * network and no way to this page: what is in it can only be looked at.
 */
export function MediaFrame({ id, name, kind }: { id: string; name: string; kind: keyof typeof WORD }): ReactNode {
  return (
    <iframe
      className={`preview-frame preview-${kind}`}
      src={`preview://${id}/view`}
      sandbox=""
      referrerPolicy="no-referrer"
      title={`${WORD[kind]}: ${visibleName(name)}`}
      {...(kind === 'image' ? { tabIndex: -1 } : {})}
    />
  );
}
