import { t } from '@lingui/core/macro';
import { CircleAlert, Eye, EyeOff } from 'lucide-react';
import { useState, type KeyboardEvent, type ReactNode, type Ref } from 'react';
import { FieldError, Input, Label, Text, TextField as AriaTextField } from 'react-aria-components';
import { IconButton } from '../button.tsx';
import { Icon } from '../icon.tsx';

/** A password: hidden until the eye is pressed, paste allowed, a word about caps lock while it is on. */
export function PasswordField({
  label,
  value,
  onChange,
  shown,
  onShow,
  help,
  what = t`password`,
  error = null,
  bad = error !== null,
  disabled = false,
  autoFocus = false,
  inputRef,
  onSubmit,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** In the clear; with `onShow` the page decides it, else the field itself. */
  shown?: boolean;
  onShow?: (shown: boolean) => void;
  help?: ReactNode;
  /** What it is called by the button that shows it. */
  what?: string;
  /** What is wrong with it; null while nothing is. */
  error?: string | null;
  bad?: boolean;
  disabled?: boolean;
  autoFocus?: boolean;
  inputRef?: Ref<HTMLInputElement>;
  /** Enter in the field. */
  onSubmit?: () => void;
}): ReactNode {
  const [own, setOwn] = useState(false);
  const [caps, setCaps] = useState(false);
  const visible = shown ?? own;
  const onKey = (event: KeyboardEvent): void => {
    setCaps(event.getModifierState('CapsLock'));
    if (event.type === 'keydown' && event.key === 'Enter') onSubmit?.();
  };
  return (
    <AriaTextField
      className="field"
      value={value}
      onChange={onChange}
      isInvalid={bad}
      isDisabled={disabled}
      type={visible ? 'text' : 'password'}
      autoComplete="off"
      autoFocus={autoFocus}
      maxLength={1024}
      onKeyDown={onKey}
      onKeyUp={onKey}
    >
      <Label>{label}</Label>
      <div className={`input pw-input ${bad ? 'input-bad' : ''}`}>
        <Input {...(inputRef === undefined ? {} : { ref: inputRef })} spellCheck={false} autoCapitalize="none" />
        <IconButton
          label={visible ? t`Hide the ${what}` : t`Show the ${what}`}
          icon={visible ? EyeOff : Eye}
          size="s"
          isDisabled={disabled}
          onPress={() => (onShow ?? setOwn)(!visible)}
        />
      </div>
      {error !== null && (
        <FieldError className="help-bad">
          <Icon of={CircleAlert} size={12} />
          {error}
        </FieldError>
      )}
      {error === null && (help !== undefined || caps) && (
        <Text slot="description" className="help">
          {caps ? t`Caps lock is on.` : help}
        </Text>
      )}
    </AriaTextField>
  );
}
