/** A look into one file of a snapshot, over the window: nothing of it is written to this computer. */
import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { capital, joined } from '../../components/format.ts';
import { RotateCcw, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import type { Entry } from '../../../preload/contract.ts';
import {
  Button,
  ErrorState,
  exactDate,
  formatBytes,
  formatCount,
  IconButton,
  Note,
  Spinner,
} from '../../components/index.ts';
import { Name } from '../../components/name.tsx';
import { visibleName } from '../../components/visible.ts';
import { BytesView } from './bytes-view.tsx';
import { MediaFrame } from './media-frame.tsx';
import { MessagesView } from './messages-view.tsx';
import { PdfView } from './pdf-view.tsx';
import { TextView } from './text-view.tsx';
import { type Opened, usePreview } from './use-preview.ts';
import './preview.css';

/** What stands under the name: what it is, how large, from when. */
function facts(entry: Pick<Entry, 'size' | 'modifiedAt'>, opened: Opened | null): string {
  const words: string[] = [];
  if (opened !== null) {
    const { look } = opened;
    words.push(capital(look.what));
    if (look.kind === 'image' && look.width > 0) {
      words.push(t`${formatCount(look.width)} × ${formatCount(look.height)} pixels`);
    }
    if (look.kind === 'pdf') words.push(plural(look.pages, { one: '# page', other: '# pages' }));
    if (look.kind === 'text' && look.encoding !== 'UTF-8') words.push(look.encoding);
  }
  if (entry.size !== null) words.push(formatBytes(entry.size));
  if (entry.modifiedAt !== null) words.push(t`modified ${exactDate(entry.modifiedAt)}`);
  return joined(words);
}

function Content({ opened }: { opened: Opened }): ReactNode {
  const { look, id, name } = opened;
  switch (look.kind) {
    case 'text':
      return <TextView id={id} name={name} look={look} />;
    case 'bytes':
      return <BytesView look={look} />;
    case 'messages':
      return <MessagesView id={id} look={look} />;
    case 'pdf':
      return <PdfView id={id} name={name} look={look} />;
    default:
      return <MediaFrame id={id} name={name} kind={look.kind} />;
  }
}

/**
 * @param onClose also called when the app locks: what was decrypted leaves the window
 * @param onRestore null where something else is selected by now
 */
export function PreviewSheet({
  snapshotId,
  entry,
  onClose,
  onRestore,
}: {
  snapshotId: string;
  entry: Pick<Entry, 'id' | 'name' | 'size' | 'modifiedAt'>;
  onClose: () => void;
  onRestore: (() => void) | null;
}): ReactNode {
  const { opened, error, retry } = usePreview(snapshotId, entry.id, onClose);
  return (
    <ModalOverlay className="scrim scrim-preview" isOpen onOpenChange={(next) => !next && onClose()} isDismissable>
      <Modal className="sheet sheet-preview">
        <Dialog aria-label={t`Preview of ${visibleName(entry.name)}`}>
          <header className="preview-h">
            <div className="preview-title">
              <Heading slot="title" level={2} className="t15 strong">
                <Name of={entry.name} className="fname-one" />
              </Heading>
              <p className="t12 dim num">{facts(entry, opened)}</p>
            </div>
            {onRestore !== null && (
              <Button icon={RotateCcw} onPress={onRestore}>
                <Trans>Restore…</Trans>
              </Button>
            )}
            <IconButton label={t`Close`} icon={X} size="s" onPress={onClose} />
          </header>
          <div className="preview-b">
            {error !== null ? (
              <ErrorState error={error} onRetry={retry} />
            ) : opened === null ? (
              <div className="preview-wait">
                <Spinner>
                  <Trans>Opening…</Trans>
                </Spinner>
              </div>
            ) : opened.look.kind === 'bytes' && opened.look.rows.length === 0 ? (
              <div className="preview-wait">
                <Note>
                  <p>
                    <Trans>
                      <strong>This file is empty.</strong> It was so when this snapshot was made.
                    </Trans>
                  </p>
                </Note>
              </div>
            ) : (
              <Content key={opened.id} opened={opened} />
            )}
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
