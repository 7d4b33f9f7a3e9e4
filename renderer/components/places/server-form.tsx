import { t } from '@lingui/core/macro';
import { useState, type ReactNode } from 'react';
import type { PlaceDraft } from '../../../preload/contract.ts';
import { Segmented } from '../fields.tsx';
import { SftpForm } from './sftp-form.tsx';
import type { Typed } from './typed.ts';
import { WebDavForm } from './webdav-form.tsx';

/** A NAS or server: by SFTP or by WebDAV. */
export function ServerForm({
  start,
  find,
  agent,
  prominent,
  onPlace,
}: {
  start: Typed | null;
  find: boolean;
  agent: boolean;
  prominent: boolean;
  onPlace: (place: PlaceDraft, typed: Typed) => void;
}): ReactNode {
  const [by, setBy] = useState<'sftp' | 'webdav'>(start?.kind === 'webdav' ? 'webdav' : 'sftp');
  const shared = { find, prominent, onPlace };
  return (
    <div className="place-tabs">
      <Segmented
        label={t`How it is reached`}
        value={by}
        onChange={setBy}
        options={[
          { value: 'sftp', word: 'SFTP' },
          { value: 'webdav', word: t`WebDAV` },
        ]}
      />
      {by === 'sftp' ? (
        <SftpForm start={start?.kind === 'sftp' ? start : null} agent={agent} {...shared} />
      ) : (
        <WebDavForm start={start?.kind === 'webdav' ? start : null} {...shared} />
      )}
    </div>
  );
}
