/** What is typed and chosen: empty, filled, wrong, off. */
import { Search, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { PasswordField } from '../../../../renderer/components/password/password-field.tsx';
import {
  Checkbox,
  Choice,
  IconButton,
  Segmented,
  Select,
  Switch,
  TextField,
} from '../../../../renderer/components/index.ts';
import { Disclosure } from '../../../../renderer/components/disclosure.tsx';
import { One } from './frame.tsx';
import { say } from './say.ts';

type Way = 'key' | 'password' | 'none';

export function Fields(): ReactNode {
  const [way, setWay] = useState<Way>('key');
  const [view, setView] = useState('month');
  return (
    <>
      <One name="TextField">
        <TextField label={say('Server')} placeholder="loft.local" />
        <TextField label={say('User')} defaultValue="maren" help={say('Empty for the whole bucket.')} />
        <TextField label={say('Bucket')} defaultValue="my_bucket" error={say('Type the secret key.')} />
        <TextField label={say('Folder')} defaultValue="holdfast" isDisabled />
      </One>
      <One name="TextField small, with icons, of several lines">
        <TextField
          label={say('Find a setting')}
          hideLabel
          small
          icon={Search}
          defaultValue="wifi"
          end={<IconButton label={say('Clear')} icon={X} size="s" />}
        />
        <TextField label={say('Excludes')} rows={3} defaultValue={'node_modules/\n*.tmp\n!important.tmp'} />
        <PasswordField label={say('Password')} value="" onChange={() => undefined} />
        <PasswordField label={say('Password')} value="storm lamp" shown onChange={() => undefined} />
        <PasswordField
          label={say('Password')}
          value="storm"
          onChange={() => undefined}
          error={say('That is not what you typed before')}
        />
      </One>
      <One name="Choice">
        <Choice
          label={say('How should your backup be locked?')}
          value={way}
          onChange={setWay}
          options={[
            {
              value: 'key',
              title: say('64-digit key'),
              line: say('Wrong digits lock nothing. Try as often as you like.'),
            },
            {
              value: 'password',
              title: say('Password'),
              line: say(
                'A server with a hardware security module, at three places if it is to be trusted with a password alone.',
              ),
            },
            { value: 'none', title: say('Both'), disabled: true },
          ]}
        />
      </One>
      <One name="Checkbox, Switch">
        <Checkbox selected={false} onChange={() => undefined}>
          {say('Documents')}
        </Checkbox>
        <Checkbox selected onChange={() => undefined}>
          {say('Pictures')}
        </Checkbox>
        <Checkbox selected={false} indeterminate onChange={() => undefined}>
          {say('Everything')}
        </Checkbox>
        <Checkbox selected disabled onChange={() => undefined}>
          {say('Desktop')}
        </Checkbox>
        <Switch selected onChange={() => undefined}>
          {say('Start at login')}
        </Switch>
        <Switch selected={false} onChange={() => undefined}>
          {say('Notifications')}
        </Switch>
        <Switch selected disabled onChange={() => undefined}>
          {say('Updates')}
        </Switch>
      </One>
      <One name="Segmented, Select">
        <Segmented
          label={say('Span')}
          value={view}
          onChange={setView}
          options={[
            { value: 'month', word: say('Month') },
            { value: 'year', word: say('Year') },
            { value: 'all', word: say('All') },
          ]}
        />
        <Select
          label={say('Service')}
          value="one"
          onChange={() => undefined}
          help={say('Empty for the whole bucket.')}
          options={[
            { value: 'one', word: 'Amazon S3' },
            { value: 'two', word: 'Backblaze B2' },
          ]}
        />
      </One>
      <One name="Disclosure">
        <Disclosure title={say('Advanced')}>
          <p>{say('Limits')}</p>
        </Disclosure>
        <Disclosure title={say('Advanced')} open>
          <p className="dim">{say('Wrong digits lock nothing. Try as often as you like.')}</p>
        </Disclosure>
      </One>
    </>
  );
}
