import { t } from '@lingui/core/macro';
import { X, type LucideIcon } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import {
  Dialog,
  Heading,
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  MenuTrigger,
  Modal,
  ModalOverlay,
  Popover,
  Separator,
  Tooltip as AriaTooltip,
  TooltipTrigger,
} from 'react-aria-components';
import { IconButton } from './button.tsx';
import { Icon } from './icon.tsx';

/** A sheet over the window. Closed by Escape, the cross, or a press beside it, unless `keep` holds it open. */
export function Sheet({
  open,
  onClose,
  title,
  line,
  footer,
  footerNote,
  size = 'normal',
  keep = false,
  alert = false,
  reading = false,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  line?: ReactNode;
  /** Buttons, the primary one last. */
  footer?: ReactNode;
  footerNote?: ReactNode;
  size?: 'narrow' | 'normal' | 'wide';
  keep?: boolean;
  /** For a question that must be answered: spoken as an alert. */
  alert?: boolean;
  /** True where nothing in it takes the focus: then it does itself, so that keys can scroll it. */
  reading?: boolean;
  children?: ReactNode;
}): ReactNode {
  return (
    <ModalOverlay
      className="scrim"
      isOpen={open}
      onOpenChange={(next) => !next && onClose()}
      isDismissable={!keep && !alert}
      isKeyboardDismissDisabled={keep}
    >
      <Modal className={`sheet sheet-${size}`}>
        <Dialog role={alert ? 'alertdialog' : 'dialog'}>
          <div className="sheet-h">
            <div>
              <Heading slot="title" level={2}>
                {title}
              </Heading>
              {line !== undefined && <p>{line}</p>}
            </div>
            {!keep && (
              <span className="push">
                <IconButton label={t`Close`} icon={X} size="s" onPress={onClose} />
              </span>
            )}
          </div>
          {children !== undefined && (
            <div className="sheet-b" {...(reading ? { tabIndex: 0, role: 'group', 'aria-label': title } : {})}>
              {children}
            </div>
          )}
          {(footer !== undefined || footerNote !== undefined) && (
            <div className="sheet-f">
              {footerNote !== undefined && <span className="sheet-f-note num">{footerNote}</span>}
              {footer}
            </div>
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

export type MenuEntry =
  | 'separator'
  | {
      id: string;
      word: string;
      icon?: LucideIcon;
      /** Fainter words at the end: a time, a shortcut. */
      end?: string;
      danger?: boolean;
      disabled?: boolean;
      onAction: () => void;
    };

/** A menu under its button. `trigger` is a Button or an IconButton. */
export function Menu({
  label,
  trigger,
  items,
}: {
  label: string;
  trigger: ReactElement;
  items: readonly MenuEntry[];
}): ReactNode {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className="menu" offset={6} placement="bottom end">
        <AriaMenu aria-label={label} className="menu-list">
          {items.map((item, i) =>
            item === 'separator' ? (
              <Separator key={i} className="menu-sep" />
            ) : (
              <AriaMenuItem
                key={item.id}
                id={item.id}
                textValue={item.word}
                className={`menu-item ${item.danger === true ? 'menu-bad' : ''}`}
                isDisabled={item.disabled ?? false}
                onAction={item.onAction}
              >
                {item.icon && <Icon of={item.icon} />}
                {item.word}
                {item.end !== undefined && <span className="faint num push">{item.end}</span>}
              </AriaMenuItem>
            ),
          )}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}

/** Words that appear on hover and focus of a control. */
export function Tooltip({ text, children }: { text: string; children: ReactElement }): ReactNode {
  return (
    <TooltipTrigger delay={500}>
      {children}
      <AriaTooltip className="tip" offset={6}>
        {text}
      </AriaTooltip>
    </TooltipTrigger>
  );
}
