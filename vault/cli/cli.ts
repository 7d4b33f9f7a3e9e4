/** Entry of the command line of the vault. */
import { Command } from 'commander';
import { HsmError } from '../hsm/hsm.ts';
import { LedgerError } from '../ledger/ledger.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { ServiceError } from '../service/service.ts';
import { StoreError } from '../store/store.ts';
import { backupCommand } from './backup.ts';
import { loadConfig, type Config } from './config.ts';
import { embeddedCommand } from './embedded.ts';
import { initCommand, type InitOptions } from './init.ts';
import { fsckCommand, statusCommand, verifyLogCommand } from './look.ts';
import { CliError, standardOutput } from './say.ts';
import { serveCommand } from './serve.ts';

const program = new Command('vault')
  .description("Holdfast's key vault: keeps backup keys behind passwords, with the secret operations in an HSM")
  .showHelpAfterError()
  .addHelpText('after', '\nExit codes: 0 done, 1 failed, or a problem was found.');

/** Errors whose message is a sentence for the operator; of others the whole is shown. */
const SPOKEN = [CliError, HsmError, LedgerError, ProtocolError, ServiceError, StoreError];

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const known = SPOKEN.some((kind) => error instanceof kind) || 'code' in error;
  return known ? error.message : (error.stack ?? error.message);
}

async function run(work: () => Promise<number | void>): Promise<void> {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    standardOutput.note(`vault: ${sentence(error)}`);
    process.exitCode = 1;
  }
}

interface WithConfig {
  config: string;
}

function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .requiredOption('--config <file>', 'the configuration, TOML', '/etc/holdfast-vault/vault.toml');
}

function withConfig(options: WithConfig, work: (config: Config) => Promise<number | void>): Promise<void> {
  return run(async () => work(await loadConfig(options.config)));
}

command('init', "make this site's keys, its TLS key, the vault and its bundle, as far as they are missing")
  .option('--join <file>', 'take over the bundle.json of the first site')
  .option('--new-bundle', 'sign a new bundle, for a configuration that changed')
  .action((options: WithConfig & InitOptions) =>
    withConfig(options, (config) => initCommand(config, options, standardOutput)),
  );
command('serve', 'answer, until told to stop').action((options: WithConfig) => withConfig(options, serveCommand));
command('status', 'ask the running service how it is').action((options: WithConfig) =>
  withConfig(options, (config) => statusCommand(config, standardOutput)),
);
command('verify-log', 'check the log from its first entry to its head').action((options: WithConfig) =>
  withConfig(options, (config) => verifyLogCommand(config, standardOutput)),
);
command('fsck', 'open every record and hold it against the log; the service must be stopped').action(
  (options: WithConfig) => withConfig(options, (config) => fsckCommand(config, standardOutput)),
);
command('backup', 'save configuration, bundles and log, not the records')
  .requiredOption('--to <folder>', 'a folder that does not exist yet')
  .action((options: WithConfig & { to: string }) =>
    withConfig(options, (config) => backupCommand(config, options.config, options.to, standardOutput)),
  );
program
  .command('embedded')
  .description('a whole vault in one folder, for trying out; ends when standard input is closed')
  .requiredOption('--folder <folder>', 'made at the first run')
  .action((options: { folder: string }) => run(() => embeddedCommand(options.folder, standardOutput)));

// Electron as plain Node, which runs the vault of the desktop app, has the arguments of Node.
await program.parseAsync(process.argv, { from: 'node' });
