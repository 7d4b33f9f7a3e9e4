import { ArrowRight, Check, FolderSearch, HardDrive } from 'lucide-react';
import type { ReactNode } from 'react';
import {
  Badge,
  Button,
  ErrorNote,
  Icon,
  PathText,
  plural,
  WizardScaffold,
  type WizardStep,
} from '../../components/index.ts';
import type { api, Action } from '../../state/bridge.ts';

export type Connection = NonNullable<Awaited<ReturnType<typeof api.restore.connect>>>;

/** R1: the folder that holds the backup. */
export function ConnectPage({
  steps,
  connection,
  connect,
  onBack,
  onNext,
}: {
  steps: readonly WizardStep[];
  connection: Connection | null;
  connect: Action<[], Connection | null>;
  onBack: () => void;
  onNext: () => void;
}): ReactNode {
  return (
    <WizardScaffold
      label="Restore"
      steps={steps}
      current="connect"
      pageKey="connect"
      reading={connection === null}
      width={720}
      title="Where is your backup?"
      line="Choose the folder that Holdfast wrote to: on a disk, a stick or a network drive. Nothing in it is changed."
      onBack={onBack}
      note={
        connection === null ? undefined : connection.vault === null ? 'Next, your 64 digits.' : 'Next, your password.'
      }
      primary={
        connection === null ? (
          <Button
            variant="primary"
            size="wizard"
            icon={FolderSearch}
            pending={connect.pending}
            onPress={() => connect.run()}
          >
            Choose the folder…
          </Button>
        ) : (
          <Button variant="primary" size="wizard" iconEnd={ArrowRight} onPress={onNext}>
            Continue
          </Button>
        )
      }
    >
      {connection === null ? (
        <ol className="card hints">
          <li>
            <span className="medium">Connect the disk</span>
            <span className="dim">If the backup is on one, plug it in and wait until the computer shows it.</span>
          </li>
          <li>
            <span className="medium">Choose its folder</span>
            <span className="dim">It is called Holdfast if you kept the name that was proposed.</span>
          </li>
          <li>
            <span className="medium">Have your 64 digits ready, or your password</span>
            <span className="dim">The digits are on the paper kit. No account is needed, and nothing else.</span>
          </li>
        </ol>
      ) : (
        <div className="card found">
          <Icon of={HardDrive} size={20} />
          <div className="found-text">
            <p className="t15 strong">{plural(connection.computers, 'computer')} backed up here</p>
            <p className="dim">
              <PathText path={connection.place.path} />
            </p>
          </div>
          <Badge tone="good" icon={Check}>
            Found
          </Badge>
          <Button size="s" pending={connect.pending} onPress={() => connect.run()}>
            Other…
          </Button>
        </div>
      )}
      {connect.error !== null && (
        <div className="wizard-error">
          <ErrorNote error={connect.error} tone="amber" />
        </div>
      )}
    </WizardScaffold>
  );
}
