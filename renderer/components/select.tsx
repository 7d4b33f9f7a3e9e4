import { Check, ChevronDown } from 'lucide-react';
import type { ReactNode } from 'react';
import {
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select as AriaSelect,
  SelectValue,
  Text,
} from 'react-aria-components';
import { Icon } from './icon.tsx';

/** One of a list too long for radio rows. */
export function Select<T extends string>({
  label,
  value,
  onChange,
  options,
  help,
}: {
  label: string;
  value: T;
  onChange: (value: T) => void;
  options: readonly { value: T; word: string }[];
  help?: ReactNode;
}): ReactNode {
  return (
    <AriaSelect
      className="field"
      selectedKey={value}
      onSelectionChange={(key) => {
        const next = options.find((option) => option.value === key);
        if (next !== undefined) onChange(next.value);
      }}
    >
      <Label className="field-label">{label}</Label>
      <Button className="input select-btn">
        <SelectValue className="clip">{({ selectedText }) => selectedText}</SelectValue>
        <Icon of={ChevronDown} />
      </Button>
      {help !== undefined && (
        <Text slot="description" className="help">
          {help}
        </Text>
      )}
      <Popover className="menu select-list" offset={4}>
        <ListBox className="menu-list">
          {options.map((option) => (
            <ListBoxItem key={option.value} id={option.value} textValue={option.word} className="menu-item">
              <span className="clip">{option.word}</span>
              {option.value === value && <Icon of={Check} className="push" />}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
