import { LoaderCircle, type LucideIcon } from 'lucide-react';
import type { ReactNode, Ref } from 'react';
import {
  Button as AriaButton,
  Tooltip,
  TooltipTrigger,
  type ButtonProps as AriaButtonProps,
} from 'react-aria-components';
import { Icon } from './icon.tsx';

type Base = Omit<AriaButtonProps, 'children' | 'className' | 'style'> & { ref?: Ref<HTMLButtonElement> };

export interface ButtonProps extends Base {
  /** One `primary` a screen; `quiet` has no frame; `danger` is red ink, `destroy` a red surface for the last step. */
  variant?: 'plain' | 'primary' | 'quiet' | 'danger' | 'destroy';
  /** 28, 32, 36 (a wizard's footer) or 40 px high. */
  size?: 's' | 'm' | 'wizard' | 'l';
  icon?: LucideIcon;
  iconEnd?: LucideIcon;
  /** Shows the spinner and takes no press. */
  pending?: boolean;
  wide?: boolean;
  className?: string;
  children: ReactNode;
}

const VARIANT = { plain: '', primary: 'btn-1', quiet: 'btn-q', danger: 'btn-bad', destroy: 'btn-red' };
const SIZE = { s: 'btn-s', m: '', wizard: 'btn-m', l: 'btn-l' };

export function Button({
  variant = 'plain',
  size = 'm',
  icon,
  iconEnd,
  pending = false,
  wide = false,
  className = '',
  children,
  onPress,
  ...rest
}: ButtonProps): ReactNode {
  const classes = `btn ${VARIANT[variant]} ${SIZE[size]} ${wide ? 'btn-wide' : ''} ${className}`;
  return (
    <AriaButton
      {...rest}
      className={classes}
      // Not React Aria's own `isPending`: what it announces outlives the button and then names nothing.
      {...(pending ? { 'aria-disabled': true } : onPress === undefined ? {} : { onPress })}
    >
      {pending ? <Icon of={LoaderCircle} className="spin" /> : icon && <Icon of={icon} />}
      {children}
      {iconEnd && <Icon of={iconEnd} />}
    </AriaButton>
  );
}

/** A button that is only an icon: its label is spoken, and shown on hover and focus. */
export function IconButton({
  label,
  icon,
  size = 'm',
  variant = 'quiet',
  className = '',
  ...rest
}: Base & {
  label: string;
  icon: LucideIcon;
  size?: 's' | 'm';
  variant?: 'plain' | 'quiet';
  className?: string;
}): ReactNode {
  return (
    <TooltipTrigger delay={500}>
      <AriaButton
        {...rest}
        aria-label={label}
        className={`btn btn-icon ${VARIANT[variant]} ${SIZE[size]} ${className}`}
      >
        <Icon of={icon} />
      </AriaButton>
      <Tooltip className="tip" offset={6}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  );
}

/** A button that reads as a link inside text or at the end of a list. */
export function LinkButton({
  className = '',
  children,
  ...rest
}: Base & { className?: string; children: ReactNode }): ReactNode {
  return (
    <AriaButton {...rest} className={`link ${className}`}>
      {children}
    </AriaButton>
  );
}
