import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import type { Look } from '../../../preload/contract.ts';
import { Note } from '../../components/index.ts';

/** What is nothing that can be shown: what it is, why not, and its first bytes. */
export function BytesView({ look }: { look: Extract<Look, { kind: 'bytes' }> }): ReactNode {
  return (
    <>
      <div className="preview-note">
        <Note>
          <p>
            {look.why === null ? (
              <>
                <Trans>
                  <strong>There is no preview of this kind of file.</strong> Its first bytes are below; restore it to
                  open it.
                </Trans>
              </>
            ) : (
              <>
                <strong>
                  <Trans>This is shown as bytes only.</Trans>
                </strong>{' '}
                {look.why}
              </>
            )}
          </p>
        </Note>
      </div>
      <div className="preview-scroll" tabIndex={0} role="group" aria-label={t`First bytes of the file`}>
        <table className="hex select">
          <caption className="sr">
            <Trans>First bytes of the file</Trans>
          </caption>
          <thead className="sr">
            <tr>
              <th scope="col">
                <Trans>Position</Trans>
              </th>
              <th scope="col">
                <Trans>Bytes</Trans>
              </th>
              <th scope="col">
                <Trans>As text</Trans>
              </th>
            </tr>
          </thead>
          <tbody>
            {look.rows.map((row) => (
              <tr key={row.offset}>
                <th scope="row">{row.offset.toString(16).padStart(4, '0')}</th>
                <td>{row.hex}</td>
                <td>{row.text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
