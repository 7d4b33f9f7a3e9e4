import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { FileDown, FileUp, ScrollText, SlidersHorizontal } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { ConfigurationChanges } from '../../../preload/contract.ts';
import { Button, Card, Icon } from '../../components/index.ts';
import { api, useAction } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';
import { ImportConfigurationSheet } from './import-configuration-sheet.tsx';

/** The configuration for another computer, and the log for whoever is asked for help; each as one file. */
export function FilesCard(): ReactNode {
  const [found, setFound] = useState<ConfigurationChanges | null>(null);
  const save = useAction(() => api.transfer.saveConfiguration(), {
    onDone: (done) => done && toast.done(t`The configuration is saved.`),
  });
  const log = useAction(() => api.transfer.saveLog(), {
    onDone: (done) => done && toast.done(t`The log is saved.`),
  });
  const open = useAction(() => api.transfer.openConfiguration(), { onDone: setFound });
  return (
    <Card title={t`Configuration and log`}>
      <ul className="rows alarms">
        <li>
          <Icon of={SlidersHorizontal} size={20} />
          <div className="source-text">
            <p className="medium">
              <Trans>Configuration</Trans>
            </p>
            <p className="dim">
              <Trans>
                Plans, rules, times and settings, for a new computer. Keys, passwords and sign-ins are not in it.
              </Trans>
            </p>
            <div className="row row-wrap alarm-acts">
              <Button size="s" icon={FileDown} pending={save.pending} onPress={() => save.run()}>
                <Trans>Save the configuration…</Trans>
              </Button>
              <Button size="s" icon={FileUp} pending={open.pending} onPress={() => open.run()}>
                <Trans>Take one over…</Trans>
              </Button>
            </div>
          </div>
        </li>
        <li>
          <Icon of={ScrollText} size={20} />
          <div className="source-text">
            <p className="medium">
              <Trans>Log</Trans>
            </p>
            <p className="dim">
              <Trans>
                Every run with its numbers and messages. It names folders and files; no secret and no content is in it.
              </Trans>
            </p>
            <div className="row row-wrap alarm-acts">
              <Button size="s" icon={FileDown} pending={log.pending} onPress={() => log.run()}>
                <Trans>Save the log…</Trans>
              </Button>
            </div>
          </div>
        </li>
      </ul>
      {found !== null && <ImportConfigurationSheet changes={found} onClose={() => setFound(null)} />}
    </Card>
  );
}
