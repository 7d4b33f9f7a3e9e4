/** What lies over the window: a sheet, a question, a menu, short messages. */
import { Copy, Pencil, Trash2 } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { Button, Facts, Menu, PathText, Sheet, Toasts } from '../../../../renderer/components/index.ts';
import { toast } from '../../../../renderer/state/toasts.ts';
import { UserError } from '../../../../renderer/state/user-error.ts';
import { One, Side } from './frame.tsx';
import { say } from './say.ts';

const nothing = (): void => undefined;

export function Menus(): ReactNode {
  useEffect(() => {
    toast.done(say('Everything works'));
    toast.error(
      new UserError({
        code: 'destination-missing',
        severity: 'fatal',
        message: say('The folder of your backup is not there.'),
        guidance: say('Nothing was changed.'),
      }),
    );
  }, []);
  return (
    <One name="Menu, Toasts">
      <Side>
        <Menu
          label={say('More')}
          trigger={<Button>{say('More')}</Button>}
          items={[
            { id: 'rename', word: say('Rename…'), icon: Pencil, end: 'F2', onAction: nothing },
            { id: 'copy', word: say('Copy'), icon: Copy, disabled: true, onAction: nothing },
            'separator',
            { id: 'remove', word: say('Remove…'), icon: Trash2, danger: true, onAction: nothing },
          ]}
        />
      </Side>
      <Toasts />
    </One>
  );
}

export function Sheets(): ReactNode {
  return (
    <Sheet
      open
      onClose={nothing}
      title={say('Keyboard shortcuts')}
      line={say('Changes hold from the next backup on. Old backups go only by the rule under “What is kept”.')}
      footerNote={say('Nothing was changed.')}
      footer={
        <>
          <Button variant="quiet">{say('Cancel')}</Button>
          <Button variant="primary">{say('Continue')}</Button>
        </>
      }
    >
      <Facts
        items={[
          [say('Folder'), <PathText key="path" path="/media/maren/Tidepool" />],
          [say('Password'), say('Very strong')],
        ]}
      />
    </Sheet>
  );
}

export function Question(): ReactNode {
  return (
    <Sheet
      open
      alert
      size="narrow"
      onClose={nothing}
      title={say('Change the key now?')}
      footer={
        <>
          <Button variant="plain">{say('Cancel')}</Button>
          <Button variant="destroy">{say('Remove')}</Button>
        </>
      }
    >
      <p>{say('Wrong digits lock nothing. Try as often as you like.')}</p>
    </Sheet>
  );
}
