import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Search } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import {
  Autocomplete,
  Dialog,
  Input,
  Label,
  Menu,
  MenuItem,
  Modal,
  ModalOverlay,
  TextField,
} from 'react-aria-components';
import { Icon } from '../components/icon.tsx';
import { useAppState } from '../state/app-state.tsx';
import { commandsOf, keysFor, matches, type CommandActions } from './commands.ts';
import './commands.css';

/** A field over the window: type what you want, choose with the arrows, Enter does it. */
export function Palette({ onClose, actions }: { onClose: () => void; actions: CommandActions }): ReactNode {
  const state = useAppState();
  const [query, setQuery] = useState('');
  const found = commandsOf(state, actions).filter((command) => matches(command, query));
  return (
    <ModalOverlay className="scrim" isOpen isDismissable onOpenChange={(open) => !open && onClose()}>
      <Modal className="sheet palette">
        <Dialog aria-label={t`Commands`}>
          <Autocomplete inputValue={query} onInputChange={setQuery} filter={() => true}>
            <TextField autoFocus className="palette-field">
              <Label className="sr">
                <Trans>What do you want to do?</Trans>
              </Label>
              <Icon of={Search} />
              <Input placeholder={t`What do you want to do?`} spellCheck={false} autoComplete="off" />
            </TextField>
            <div className="palette-list" tabIndex={0} role="group" aria-label={t`Found`}>
              <Menu
                aria-label={t`Commands`}
                className="menu-list"
                items={found}
                renderEmptyState={() => (
                  <p className="palette-none">
                    <Trans>Nothing is called that.</Trans>
                  </p>
                )}
                onAction={(id) => {
                  onClose();
                  found.find((command) => command.id === id)?.run();
                }}
              >
                {(command) => (
                  <MenuItem id={command.id} textValue={command.words} className="menu-item">
                    <Icon of={command.icon} />
                    <span className="clip">{command.words}</span>
                    {command.keys !== undefined && (
                      <span className="push">
                        <kbd className="keys">{keysFor(command.keys, state.platform)}</kbd>
                      </span>
                    )}
                  </MenuItem>
                )}
              </Menu>
            </div>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
