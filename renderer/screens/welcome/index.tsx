import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { ArrowRight, BookOpen, History, ShieldCheck, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { Button, Icon, Mark, Title } from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { navigate } from '../../state/route.ts';
import { Kelp } from './kelp.tsx';
import './welcome.css';

function Start({
  primary = false,
  icon,
  title,
  line,
  onPress,
}: {
  primary?: boolean;
  icon: LucideIcon;
  title: string;
  line: string;
  onPress: () => void;
}): ReactNode {
  return (
    <AriaButton className={`start-way ${primary ? 'start-way-1' : ''}`} onPress={onPress}>
      <Icon of={icon} size={20} />
      <span>
        <span className="t15 strong">{title}</span>
        <span className="start-line">{line}</span>
      </span>
      <Icon of={ArrowRight} />
    </AriaButton>
  );
}

/** S1: two ways in, one of them primary. */
export default function WelcomeScreen(): ReactNode {
  const version = useAppState((s) => s.version);
  return (
    <main className="welcome">
      <div className="welcome-art drag">
        <Kelp />
      </div>
      <div className="welcome-text">
        <div className="brandline">
          <Mark />
          <span className="t15 strong">
            <Trans>Holdfast</Trans>
          </span>
        </div>
        <div className="welcome-mid">
          <Title className="welcome-h">
            <Trans>Backups that only you can open</Trans>
          </Title>
          <p className="t15 dim">
            <Trans>
              Holdfast locks your files on this computer, then keeps them in storage you already have. The storage
              company can’t read them. Neither can we.
            </Trans>
          </p>
          <div className="starts">
            <Start
              primary
              icon={ShieldCheck}
              title={t`Set up this computer`}
              line={t`A few short steps, then the first backup runs.`}
              onPress={() => navigate({ screen: 'setup', step: 'storage' })}
            />
            <Start
              icon={History}
              title={t`Restore an existing backup`}
              line={t`With your 64 digits or your password. No account needed.`}
              onPress={() => navigate({ screen: 'restore' })}
            />
          </div>
        </div>
        <div className="welcome-foot">
          <Button variant="quiet" size="s" icon={BookOpen} onPress={() => navigate({ screen: 'how' })}>
            <Trans>How it works</Trans>
          </Button>
          <span className="faint t12 push num">
            <Trans>Version {version}</Trans>
          </span>
        </div>
      </div>
    </main>
  );
}
