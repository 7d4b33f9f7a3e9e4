import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Ellipsis, HeartPulse, Mail, Pencil, Send, Trash2, Webhook, type LucideIcon } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Alarm, AlarmKind } from '../../../preload/contract.ts';
import { Button, Card, Icon, IconButton, Menu, When } from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';
import { AlarmSheet } from './alarm-sheet.tsx';
import { EmailSheet } from './email-sheet.tsx';

const KINDS: readonly { kind: AlarmKind; icon: LucideIcon; word: string; line: string }[] = [
  {
    kind: 'heartbeat',
    icon: HeartPulse,
    word: t`Heartbeat`,
    line: t`Calls an address after each good backup. A service such as healthchecks.io writes you an e-mail when that stops.`,
  },
  {
    kind: 'webhook',
    icon: Webhook,
    word: t`Webhook`,
    line: t`Posts a message when things get worse, and when they are well again.`,
  },
  {
    kind: 'email',
    icon: Mail,
    word: t`E-mail`,
    line: t`Writes through your own mail account when things get worse, and when they are well again.`,
  },
];

/** How telling it went the last time. */
function Last({ last }: { last: Alarm['last'] }): ReactNode {
  if (last === null)
    return (
      <p className="t12 faint">
        <Trans>Not told anything yet.</Trans>
      </p>
    );
  if (last.ok) {
    return (
      <p className="t12 faint">
        <Trans>
          Told <When at={last.at} />.
        </Trans>
      </p>
    );
  }
  return <p className="t12 warn">{last.message}</p>;
}

function Row({ kind, icon, word, line }: (typeof KINDS)[number]): ReactNode {
  const alarm = useAppState((state) => state.alarms[kind]);
  const [typing, setTyping] = useState(false);
  const test = useAction(() => api.alarms.test({ kind }), {
    onDone: ({ ok, message }) => (ok ? toast.done(message) : toast.say(message)),
  });
  const remove = useAction(() => api.alarms.remove({ kind }), {
    onDone: () =>
      toast.done(
        kind === 'email'
          ? t`Account and password are forgotten on this computer.`
          : t`Its address is forgotten on this computer.`,
      ),
  });
  return (
    <li>
      <Icon of={icon} size={20} />
      <div className="source-text">
        <p className="medium">{word}</p>
        {alarm === null ? (
          <p className="dim">{line}</p>
        ) : (
          <>
            <p className="dim clip">
              <bdi>{'to' in alarm ? t`To ${alarm.to}, through ${alarm.host}` : alarm.host}</bdi>
            </p>
            <Last last={alarm.last} />
          </>
        )}
        <div className="row row-wrap alarm-acts">
          {alarm === null ? (
            <Button size="s" onPress={() => setTyping(true)}>
              <Trans>
                Add…<span className="sr"> {word}</span>
              </Trans>
            </Button>
          ) : (
            <>
              <Button size="s" icon={Send} pending={test.pending} onPress={() => test.run()}>
                <Trans>Send a test</Trans>
              </Button>
              <Menu
                label={word}
                trigger={<IconButton label={t`More for ${word}`} icon={Ellipsis} size="s" />}
                items={[
                  {
                    id: 'change',
                    word: kind === 'email' ? t`Change the account…` : t`Change the address…`,
                    icon: Pencil,
                    onAction: () => setTyping(true),
                  },
                  { id: 'remove', word: t`Remove`, icon: Trash2, danger: true, onAction: () => remove.run() },
                ]}
              />
            </>
          )}
        </div>
      </div>
      {kind === 'email' ? (
        <EmailSheet open={typing} onClose={() => setTyping(false)} />
      ) : (
        <AlarmSheet kind={kind} word={word} open={typing} onClose={() => setTyping(false)} />
      )}
    </li>
  );
}

/** Who else is told how things stand, so that the silence of this computer is noticed. */
export function AlarmsCard(): ReactNode {
  return (
    <Card title={t`Alarms`}>
      <p className="dim alarm-why">
        <Trans>If this computer falls silent, somebody else has to notice.</Trans>
      </p>
      <ul className="rows alarms">
        {KINDS.map((one) => (
          <Row key={one.kind} {...one} />
        ))}
      </ul>
    </Card>
  );
}
