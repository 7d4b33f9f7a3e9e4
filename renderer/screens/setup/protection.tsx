import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Columns2, LockKeyhole, Repeat2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Label, Radio, RadioGroup } from 'react-aria-components';
import { Button, Facts, Icon } from '../../components/index.ts';
import { goBack, navigate } from '../../state/route.ts';
import { CompareSheet } from './compare.tsx';
import { SetupPage } from './step.tsx';
import { useWizard } from './wizard.ts';

type Row = readonly [string, string];

const KEY_ROWS: readonly Row[] = [
  [t`Who can open it`, t`Whoever has the digits`],
  [t`Wrong guesses`, t`Free, and hopeless`],
  [t`On a new computer`, t`Type or paste the digits`],
  [t`If it’s lost`, t`Nobody can help`],
  [t`It depends on`, t`Nothing but your storage`],
];

const PASSWORD_ROWS: readonly Row[] = [
  [t`Who can open it`, t`Whoever has the password`],
  [t`Wrong guesses`, t`10, then the vault destroys its copy`],
  [t`On a new computer`, t`Type the password`],
  [t`If it’s forgotten`, t`Only an unlocked computer helps`],
  [t`It depends on`, t`The vault’s sites answering`],
];

function KeyArt(): ReactNode {
  return (
    <span className="art-key" aria-hidden="true">
      {['7F3A', '09C4', 'E51B', '66D2'].map((group) => (
        <span key={group}>{group}</span>
      ))}
    </span>
  );
}

function PasswordArt(): ReactNode {
  return (
    <span className="art-pw" aria-hidden="true">
      {Array.from({ length: 8 }, (_, i) => (
        <i key={i} />
      ))}
      <Icon of={LockKeyhole} />
    </span>
  );
}

function Way({
  value,
  art,
  title,
  lead,
  rows,
  fit,
}: {
  value: string;
  art: ReactNode;
  title: string;
  lead: string;
  rows: readonly Row[];
  fit: string;
}): ReactNode {
  return (
    <div className="way card">
      <Radio value={value} className="way-radio">
        <span className="way-top">
          {art}
          <span className="radio" />
        </span>
        <span className="way-title t20">{title}</span>
      </Radio>
      <p className="way-lead">{lead}</p>
      <Facts items={rows} className="way-facts" />
      <p className="way-fit">{fit}</p>
    </div>
  );
}

/** S4: two ways to lock the backup, none chosen beforehand. */
export function ProtectionStep(): ReactNode {
  const { wizard, update } = useWizard();
  const [comparing, setComparing] = useState(false);
  return (
    <SetupPage
      current="protection"
      pageKey="protection"
      title={t`How should your backup be locked?`}
      line={t`Either way, everything is encrypted before it leaves this computer. They differ in what you have to keep, and what happens if you lose it.`}
      onBack={goBack}
      secondary={
        <Button variant="quiet" size="wizard" icon={Columns2} onPress={() => setComparing(true)}>
          <Trans>Compare</Trans>
        </Button>
      }
      primary={
        <Button
          variant="primary"
          size="wizard"
          isDisabled={wizard.method === null}
          onPress={() => navigate({ screen: 'setup', step: wizard.method === 'password' ? 'vault' : 'key' })}
        >
          <Trans>Continue</Trans>
        </Button>
      }
    >
      <RadioGroup
        value={wizard.method}
        onChange={(value) => update({ method: value === 'password' ? 'password' : 'key' })}
      >
        <Label className="sr">
          <Trans>Protection</Trans>
        </Label>
        <div className="ways">
          <Way
            value="key"
            art={<KeyArt />}
            title={t`64-digit key`}
            lead={t`You keep the digits, on paper or in a password manager. Nothing else opens the backup.`}
            rows={KEY_ROWS}
            fit={t`Suits you if a printed page is safe with your passport.`}
          />
          <Way
            value="password"
            art={<PasswordArt />}
            title={t`Password`}
            lead={t`You remember a password. A hardware key vault checks it and holds what it unlocks.`}
            rows={PASSWORD_ROWS}
            fit={t`Suits you if paper gets lost and you use this computer often.`}
          />
        </div>
      </RadioGroup>
      <p className="ways-note dim">
        <Icon of={Repeat2} />
        <Trans>You can switch later. It’s the same data, nothing is stored again.</Trans>
      </p>
      <CompareSheet open={comparing} onClose={() => setComparing(false)} />
    </SetupPage>
  );
}
