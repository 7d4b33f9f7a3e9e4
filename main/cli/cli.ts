/** Entry of the command line. */
import { Command, Option } from 'commander';
import type { VerifyInput } from '../engine/api.ts';
import { RunControl } from '../engine/control.ts';
import { TOOL_VERSION } from '../engine/version.ts';
import {
  backupCommand,
  enrollCommand,
  initCommand,
  lsCommand,
  restoreCommand,
  snapshotsCommand,
  verifyCommand,
  type Run,
} from './commands.ts';
import { Exit, Output } from './output.ts';

const program = new Command('holdfast')
  .description('End-to-end encrypted backups, kept in storage you already have')
  .version(TOOL_VERSION)
  .showHelpAfterError()
  .addHelpText(
    'after',
    `
Exit codes: 0 done, 1 failed, 3 done with items that could not be taken or restored, 130 stopped.
HOLDFAST_HOME sets the folder for this computer's own files (identity, cache, capability).`,
  );

const collect = (value: string, all: string[]): string[] => [...all, value];

interface Common {
  json?: boolean;
}

/** A command with what all have in common. */
function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .requiredOption('--repo <folder>', 'where the backup is kept')
    .option('--key-file <file>', 'file with the 64 digits')
    .option('--json', 'one JSON object a line: progress, then the result');
}

function withCapability(target: Command): Command {
  return target.option('--capability-key-file <file>', 'key of the sealed capability where there is no keychain');
}

async function execute(options: Common, work: (run: Run) => Promise<number>): Promise<void> {
  const control = new RunControl();
  const output = new Output(options.json === true);
  const stop = (): void => control.stop();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    process.exitCode = await work({ output, control });
  } catch (error) {
    process.exitCode = output.error(error).code === 'stopped' ? Exit.stopped : Exit.failed;
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
}

command('init', 'make a new backup and its key')
  .option('--print', 'show the new key')
  .action((options) => execute(options, (run) => initCommand(options, run)));

withCapability(
  program
    .command('enroll')
    .description('let this computer back up without the key')
    .requiredOption('--repo <folder>', 'where the backup is kept')
    .requiredOption('--key-file <file>', 'file with the 64 digits')
    .option('--json', 'one JSON object a line'),
).action((options) => execute(options, (run) => enrollCommand(options, run)));

withCapability(command('backup', 'back up folders and files'))
  .argument('<path...>')
  .option('--exclude <pattern>', 'leave out what matches (gitignore syntax); may be repeated', collect, [])
  .action((paths, options) => execute(options, (run) => backupCommand(paths, options, run)));

withCapability(command('snapshots', 'list snapshots')).action((options) =>
  execute(options, (run) => snapshotsCommand(options, run)),
);

withCapability(command('ls', 'list a folder of a snapshot'))
  .argument('<snapshot>', 'its id, or latest')
  .argument('[path]')
  .action((snapshot, path, options) => execute(options, (run) => lsCommand(snapshot, path, options, run)));

withCapability(command('restore', 'restore a snapshot, or parts of it'))
  .argument('<snapshot>', 'its id, or latest')
  .requiredOption('--target <folder>', 'folder to restore into; full paths are made below it')
  .option('--path <path>', 'restore this only; may be repeated', collect, [])
  .addOption(
    new Option('--conflict <policy>', 'what to do where a name is taken')
      .choices(['keep-both', 'skip', 'replace'])
      .default('keep-both'),
  )
  .option('--dry-run', 'say what would happen and write nothing')
  .action((snapshot, options) => execute(options, (run) => restoreCommand(snapshot, options, run)));

withCapability(command('verify', 'check the backup'))
  .addOption(
    new Option('--level <n>', '0 names and sizes, 1 structure, 2 also a tenth of the packs, 3 every byte')
      .choices(['0', '1', '2', '3'])
      .default('1'),
  )
  .action((options) =>
    execute(options, (run) => verifyCommand({ ...options, level: Number(options.level) as VerifyInput['level'] }, run)),
  );

await program.parseAsync();
