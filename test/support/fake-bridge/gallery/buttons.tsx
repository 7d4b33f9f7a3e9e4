/** Buttons in every variant, size and state; menus' triggers, links, badges, marks. */
import { ArrowRight, Ellipsis, FolderPlus, Lock, RefreshCw, Trash2, X } from 'lucide-react';
import type { ReactNode } from 'react';
import {
  Badge,
  Button,
  IconButton,
  LinkButton,
  Mark,
  type ButtonProps,
} from '../../../../renderer/components/index.ts';
import { Held, One, Side } from './frame.tsx';
import { say } from './say.ts';

const VARIANTS: readonly NonNullable<ButtonProps['variant']>[] = ['primary', 'plain', 'quiet', 'danger', 'destroy'];
const SIZES: readonly NonNullable<ButtonProps['size']>[] = ['s', 'm', 'wizard', 'l'];
const MARKS = ['protected', 'attention', 'at-risk', 'paused', 'locked'] as const;

const nothing = (): void => undefined;

export function Buttons(): ReactNode {
  return (
    <>
      {VARIANTS.map((variant) => (
        <One key={variant} name={`Button ${variant}`}>
          <Side>
            <Button variant={variant} onPress={nothing}>
              {say('Continue')}
            </Button>
            <Held as="hovered">
              <Button variant={variant}>{say('Back')}</Button>
            </Held>
            <Held as="pressed">
              <Button variant={variant}>{say('Save')}</Button>
            </Held>
            <Held as="focus-visible">
              <Button variant={variant}>{say('Close')}</Button>
            </Held>
            <Button variant={variant} isDisabled>
              {say('Unlock')}
            </Button>
            <Button variant={variant} pending>
              {say('Try again')}
            </Button>
          </Side>
        </One>
      ))}
      <One name="Button sizes">
        <Side>
          {SIZES.map((size) => (
            <Button key={size} size={size} icon={RefreshCw} iconEnd={ArrowRight}>
              {say('Back up now')}
            </Button>
          ))}
        </Side>
      </One>
      <One name="Button wide">
        <Button variant="primary" size="l" wide iconEnd={ArrowRight}>
          {say('Set up this computer')}
        </Button>
        <Button wide icon={FolderPlus}>
          {say('Add a folder…')}
        </Button>
      </One>
      <One name="IconButton, LinkButton">
        <Side>
          <IconButton label={say('Close')} icon={X} />
          <IconButton label={say('Lock')} icon={Lock} variant="plain" />
          <IconButton label={say('More')} icon={Ellipsis} size="s" />
          <IconButton label={say('Remove')} icon={Trash2} isDisabled />
          <LinkButton>{say('How it works')}</LinkButton>
          <Held as="hovered">
            <LinkButton>{say('Compare')}</LinkButton>
          </Held>
        </Side>
      </One>
      <One name="Badge">
        <Side>
          <Badge>{say('Paused')}</Badge>
          <Badge tone="good" icon={RefreshCw}>
            {say('Works')}
          </Badge>
          <Badge tone="amber" icon={Lock}>
            {say('Locked')}
          </Badge>
          <Badge tone="red" icon={X}>
            {say('Failed')}
          </Badge>
        </Side>
      </One>
      <One name="Mark">
        <div className="row row-wrap gal-marks">
          {MARKS.map((state) => (
            <Mark key={state} state={state} />
          ))}
        </div>
      </One>
    </>
  );
}
