import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Check } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Button, Note, Sheet } from '../../components/index.ts';
import { KeyEntryBody, useKeyEntry } from '../../components/unlock-sheet.tsx';

/** Practice with the digits. A password can't be practised: every try with it counts. */
export function TestSheet({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const [right, setRight] = useState(false);
  const entry = useKeyEntry('test', () => setRight(true));
  const close = (): void => {
    entry.clear();
    setRight(false);
    onClose();
  };
  if (right) {
    return (
      <Sheet
        open={open}
        onClose={close}
        size="narrow"
        title={t`That’s the right key`}
        footer={
          <Button variant="primary" onPress={close}>
            <Trans>Done</Trans>
          </Button>
        }
      >
        <Note tone="good" live icon={Check}>
          <p>
            <Trans>These 64 digits open this backup. Put the paper back where it was.</Trans>
          </p>
        </Note>
      </Sheet>
    );
  }
  return (
    <Sheet
      open={open}
      onClose={close}
      title={t`Test your key`}
      line={t`Type the digits from your kit. It is only practice: wrong entries never count.`}
      footerNote={t`Nothing is kept of what you type.`}
      footer={
        <>
          <Button onPress={close}>
            <Trans>Not now</Trans>
          </Button>
          <Button variant="primary" pending={entry.pending} isDisabled={!entry.complete} onPress={entry.submit}>
            <Trans>Test these digits</Trans>
          </Button>
        </>
      }
    >
      <KeyEntryBody entry={entry} />
    </Sheet>
  );
}
