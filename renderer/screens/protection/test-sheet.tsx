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
        title="That’s the right key"
        footer={
          <Button variant="primary" onPress={close}>
            Done
          </Button>
        }
      >
        <Note tone="good" live icon={Check}>
          <p>These 64 digits open this backup. Put the paper back where it was.</p>
        </Note>
      </Sheet>
    );
  }
  return (
    <Sheet
      open={open}
      onClose={close}
      title="Test your key"
      line="Type the digits from your kit. It is only practice: wrong entries never count."
      footerNote="Nothing is kept of what you type."
      footer={
        <>
          <Button onPress={close}>Not now</Button>
          <Button variant="primary" pending={entry.pending} isDisabled={!entry.complete} onPress={entry.submit}>
            Test these digits
          </Button>
        </>
      }
    >
      <KeyEntryBody entry={entry} />
    </Sheet>
  );
}
