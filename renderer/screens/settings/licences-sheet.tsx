import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { ChevronRight } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Licences } from '../../../preload/contract.ts';
import { Button, ErrorState, Icon, Sheet, Skeleton } from '../../components/index.ts';
import { api, useCall } from '../../state/bridge.ts';
import './licences.css';

/** One piece; its text is made only while it is open, for there are hundreds. */
function Piece({ of, text }: { of: Licences['packages'][number]; text: string }): ReactNode {
  const [open, setOpen] = useState(false);
  return (
    <li>
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <Icon of={ChevronRight} />
          <bdi className="licence-name">{of.name}</bdi>
          <span className="faint num">{of.version}</span>
          <span className="dim push">{of.licence}</span>
        </summary>
        {open && (
          <pre className="licence-text" dir="ltr">
            {text}
          </pre>
        )}
      </details>
    </li>
  );
}

/** What others wrote and this program carries, with every licence in full. */
export function LicencesSheet({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const licences = useCall(['app', 'licences'], () => api.app.licences(), { enabled: open });
  return (
    <Sheet
      open={open}
      onClose={onClose}
      title={t`Works of others in Holdfast`}
      line={t`Each is under the licence that stands with it.`}
      footer={
        <Button onPress={onClose}>
          <Trans>Close</Trans>
        </Button>
      }
    >
      {licences.error !== null ? (
        <ErrorState error={licences.error} retrying={licences.isFetching} onRetry={() => void licences.refetch()} />
      ) : licences.data === undefined ? (
        <Skeleton lines={6} label={t`Reading the licences`} />
      ) : (
        <ul className="licences">
          {licences.data.packages.map((one) => (
            <Piece key={`${one.name} ${one.version}`} of={one} text={licences.data.texts[one.text] ?? ''} />
          ))}
        </ul>
      )}
    </Sheet>
  );
}
