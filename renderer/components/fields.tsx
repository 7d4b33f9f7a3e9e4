import { CircleAlert, Check, Minus, type LucideIcon } from 'lucide-react';
import type { ReactNode, Ref } from 'react';
import {
  Checkbox as AriaCheckbox,
  FieldError,
  Input,
  Label,
  Radio,
  RadioGroup,
  Switch as AriaSwitch,
  Text,
  TextArea,
  TextField as AriaTextField,
  ToggleButton,
  ToggleButtonGroup,
  type TextFieldProps as AriaTextFieldProps,
} from 'react-aria-components';
import { Icon } from './icon.tsx';

/** A label over any control that brings its own labelling (a group, a picture). */
export function Field({
  label,
  error = null,
  children,
}: {
  label: string;
  /** What is wrong with the value; null while nothing is. */
  error?: string | null;
  children: ReactNode;
}): ReactNode {
  return (
    <div className="field">
      <span className="field-label">{label}</span>
      {children}
      {error !== null && (
        <p className="help-bad" role="alert">
          <Icon of={CircleAlert} size={12} />
          {error}
        </p>
      )}
    </div>
  );
}

export interface TextFieldProps extends Omit<AriaTextFieldProps, 'children' | 'className' | 'style'> {
  /** Shown over the field; with `hideLabel` only spoken. */
  label: string;
  hideLabel?: boolean;
  help?: ReactNode;
  /** What is wrong with the value; null while nothing is. */
  error?: string | null;
  icon?: LucideIcon;
  /** Something at the field's end: an icon button, a key hint. */
  end?: ReactNode;
  small?: boolean;
  placeholder?: string;
  /** Lines of a longer text. */
  rows?: number;
  inputRef?: Ref<HTMLInputElement>;
  className?: string;
}

export function TextField({
  label,
  hideLabel = false,
  help,
  error = null,
  icon,
  end,
  small = false,
  placeholder,
  rows,
  inputRef,
  className = '',
  ...rest
}: TextFieldProps): ReactNode {
  const hint = placeholder === undefined ? {} : { placeholder };
  return (
    <AriaTextField {...rest} isInvalid={error !== null} className={`field ${className}`}>
      <Label className={hideLabel ? 'sr' : ''}>{label}</Label>
      <div className={`input ${small ? 'input-s' : ''} ${error === null ? '' : 'input-bad'}`}>
        {icon && <Icon of={icon} />}
        {rows === undefined ? (
          <Input
            {...hint}
            {...(inputRef === undefined ? {} : { ref: inputRef })}
            spellCheck={false}
            autoComplete="off"
          />
        ) : (
          <TextArea {...hint} rows={rows} spellCheck={false} />
        )}
        {end}
      </div>
      {help !== undefined && error === null && (
        <Text slot="description" className="help">
          {help}
        </Text>
      )}
      {error !== null && (
        <FieldError className="help-bad">
          <Icon of={CircleAlert} size={12} />
          {error}
        </FieldError>
      )}
    </AriaTextField>
  );
}

export interface ChoiceOption<T extends string> {
  value: T;
  title: ReactNode;
  /** One line that says the consequence, with real numbers. */
  line?: ReactNode;
  end?: ReactNode;
  disabled?: boolean;
}

/** Radio rows: title, one line with the consequence, something at the end. */
export function Choice<T extends string>({
  label,
  hideLabel = false,
  value,
  onChange,
  options,
}: {
  label: string;
  hideLabel?: boolean;
  value: T | null;
  onChange: (value: T) => void;
  options: readonly ChoiceOption<T>[];
}): ReactNode {
  return (
    <RadioGroup value={value} onChange={(next) => onChange(next as T)} className="field">
      <Label className={hideLabel ? 'sr' : 'legend'}>{label}</Label>
      <div className="choices">
        {options.map((option) => (
          <div key={option.value} className="choice-row">
            <Radio value={option.value} isDisabled={option.disabled ?? false} className="choice">
              <span className="radio" />
              <span className="choice-text">
                <span className="medium">{option.title}</span>
                {option.line !== undefined && <span className="sub2">{option.line}</span>}
              </span>
            </Radio>
            {option.end !== undefined && <span className="choice-end">{option.end}</span>}
          </div>
        ))}
      </div>
    </RadioGroup>
  );
}

export function Checkbox({
  selected,
  indeterminate = false,
  disabled = false,
  onChange,
  children,
  label,
  className = '',
}: {
  selected: boolean;
  indeterminate?: boolean;
  disabled?: boolean;
  onChange: (selected: boolean) => void;
  children?: ReactNode;
  /** Spoken instead of `children`, where the words stand elsewhere. */
  label?: string;
  className?: string;
}): ReactNode {
  return (
    <AriaCheckbox
      isSelected={selected}
      isIndeterminate={indeterminate}
      isDisabled={disabled}
      onChange={onChange}
      className={`checkrow ${className}`}
      {...(label === undefined ? {} : { 'aria-label': label })}
    >
      <span className="check">
        <Icon of={indeterminate ? Minus : Check} size={12} />
      </span>
      {children}
    </AriaCheckbox>
  );
}

export function Switch({
  selected,
  disabled = false,
  onChange,
  children,
}: {
  selected: boolean;
  disabled?: boolean;
  onChange: (selected: boolean) => void;
  children: ReactNode;
}): ReactNode {
  return (
    <AriaSwitch isSelected={selected} isDisabled={disabled} onChange={onChange} className="switchrow">
      <span className="switch" />
      {children}
    </AriaSwitch>
  );
}

/** A few views of the same thing side by side; exactly one is on. */
export function Segmented<T extends string>({
  label,
  value,
  onChange,
  options,
}: {
  label: string;
  value: T;
  onChange: (value: T) => void;
  options: readonly { value: T; word: string }[];
}): ReactNode {
  return (
    <ToggleButtonGroup
      aria-label={label}
      className="seg"
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const [next] = keys;
        if (next !== undefined) onChange(next as T);
      }}
    >
      {options.map((option) => (
        <ToggleButton key={option.value} id={option.value}>
          {option.word}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
