/** The command line: what commands there are, and what each takes. */
import { Argument, Command, Option } from 'commander';
import { RunControl } from '../engine/control.ts';
import { TOOL_VERSION } from '../engine/version.ts';
import { withChoice } from './choice-options.ts';
import {
  backupCommand,
  enrollCommand,
  initCommand,
  lsCommand,
  restoreCommand,
  snapshotsCommand,
  type Run,
} from './commands.ts';
import { Exit, Output } from './output.ts';
import { ADDRESS_FORMS } from './place.ts';
import { noteRequests } from './request-log.ts';
import { scrubCommand } from './scrub-command.ts';

/** Stands below an error of the command line, which forty lines of help would push out of sight. */
const SEE_HELP = 'What there is: holdfast --help; the options of a command: holdfast COMMAND --help.';

const program = new Command('holdfast')
  .description('End-to-end encrypted backups, kept in storage you already have')
  .version(TOOL_VERSION)
  .showHelpAfterError(SEE_HELP)
  .addHelpText(
    'after',
    `
Exit codes: 0 done, 1 failed, 3 done with items that could not be taken or restored,
4 refused by the key vault (a wrong password, or not now), 130 stopped.
HOLDFAST_HOME sets the folder for this computer's own files (identity, cache, capability).`,
  );

const collect = (value: string, all: string[]): string[] => [...all, value];

interface Common {
  json?: boolean;
}

/** Which backup a command is about, and what opens it. */
function withRepo(target: Command, json = 'one JSON object a line'): Command {
  return target
    .requiredOption('--repo <dest>', 'where the backup is kept: a folder, an address, or @name')
    .option('--credentials <file>', 'file with what opens that storage (else the keychain, or the environment)')
    .option('--key-file <file>', 'file with the 64 digits')
    .option('--json', json);
}

/** A command with what all have in common. */
function command(name: string, description: string): Command {
  return withRepo(program.command(name).description(description), 'one JSON object a line: progress, then the result');
}

/** Where much is sent or fetched. */
function withLimits(target: Command): Command {
  return target
    .option('--limit-upload <size>', 'send at most so much a second: 500k, 2MB')
    .option('--limit-download <size>', 'fetch at most so much a second');
}

/** Where the key can be had by its password too. */
function withPassword(target: Command): Command {
  return target
    .option('--password', 'ask for the password (on standard input where it is no terminal)')
    .option('--password-file <file>', 'file with the password on its first line')
    .option('--vault-fingerprint <text>', 'refuse any other vault than this one');
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
    const { code } = output.error(error);
    process.exitCode = code === 'stopped' ? Exit.stopped : code === 'vault-refused' ? Exit.refused : Exit.failed;
  } finally {
    await noteRequests(process.argv[2] ?? '', output.resultBytes, output.traffic);
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
}

command('init', 'make a new backup and its key')
  .option('--print', 'show the new key')
  .option('--vault <url>', 'key vault that keeps the key under a password')
  .option('--vault-fingerprint <text>', 'fingerprint of that vault, from its operator')
  .option('--password-file <file>', 'file with the new password; asked for where it is not given')
  .option('--invite <code>', 'invitation, where the vault asks for one')
  .action((options) =>
    execute(options, async (run) => {
      if (options.vault === undefined) return initCommand(options, run);
      return (await import('./vault-init.ts')).vaultInitCommand(options, run);
    }),
  );

withCapability(withPassword(command('enroll', 'let this computer back up without the key'))).action((options) =>
  execute(options, (run) => enrollCommand(options, run)),
);

withLimits(withChoice(withCapability(withPassword(command('backup', 'back up folders and files')))))
  .argument('<path...>')
  .option('--tag <tag>', 'kept with the snapshot, for forget --keep-tag; may be repeated', collect, [])
  .option(
    '--also <dest>',
    'a further place of the same backup: stored once, sent to each; may be repeated',
    collect,
    [],
  )
  .option('--dry-run', 'say what would be stored and store nothing; --also is left out')
  .action((paths, options) =>
    execute(options, async (run) => {
      if (options.also.length === 0 || options.dryRun === true) return backupCommand(paths, options, run);
      return (await several()).backupToSeveralCommand(paths, options, run);
    }),
  );

withCapability(withPassword(command('snapshots', 'list snapshots'))).action((options) =>
  execute(options, (run) => snapshotsCommand(options, run)),
);

withCapability(withPassword(command('ls', 'list a folder of a snapshot')))
  .argument('<snapshot>', 'its id, or latest')
  .argument('[path]')
  .action((snapshot, path, options) => execute(options, (run) => lsCommand(snapshot, path, options, run)));

withLimits(withCapability(withPassword(command('restore', 'restore a snapshot, or parts of it'))))
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

withCapability(withPassword(command('mount', 'show snapshots to file managers, read-only, until Ctrl-C')))
  .option('--computer <id>', 'only of this computer')
  .option('--port <n>', 'of this computer; a free one where it is not given')
  .action((options) =>
    execute(options, async (run) => (await import('./mount-command.ts')).mountCommand(options, run)),
  );

withCapability(withPassword(command('verify', 'check the backup')))
  .addOption(
    new Option('--level <n>', '0 names and sizes, 1 structure, 2 also some packs, 3 every byte')
      .choices(['0', '1', '2', '3'])
      .default('1'),
  )
  .option('--budget <size>', 'level 2: read so much, what was verified longest ago first (a tenth of all)')
  .action((options) =>
    execute(options, async (run) => (await import('./verify-command.ts')).verifyCommand(options, run)),
  );

withCapability(withPassword(command('repair', 'make the backup of this computer right again, and say what is lost')))
  .addOption(new Option('--level <n>', '1 looks at structure, 3 at every byte').choices(['1', '3']).default('3'))
  .option('--dry-run', 'say what would be done and what is lost, and change nothing')
  .action((options) =>
    execute(options, async (run) => (await import('./repair-command.ts')).repairCommand(options, run)),
  );

withCapability(withPassword(command('drill', 'restore some files to a private folder, and prove that they are right')))
  .option('--files <n>', 'at most so many', '20')
  .option('--bytes <size>', 'at most so much; one file at least', '256MiB')
  .option('--snapshot <id>', 'of this one; the newest complete one where it is not given')
  .option('--seed <text>', 'the same files for the same text; others each time where it is not given')
  .action((options) =>
    execute(options, async (run) => (await import('./drill-command.ts')).drillCommand(options, run)),
  );

withCapability(withPassword(command('find', 'search by name over all snapshots')))
  .argument(
    '<query>',
    'part of a name, or a pattern such as "*.docx"; with / also of the folders that lead to it, ** for any number of them',
  )
  .addOption(
    new Option('--kind <kind>', 'only of this kind').choices([
      'file',
      'folder',
      'symlink',
      'fifo',
      'socket',
      'block',
      'char',
    ]),
  )
  .option('--larger <size>', 'files of at least so much: 1500, 10k, 1.5GB, 64MiB')
  .option('--smaller <size>', 'files of at most so much')
  .option('--newer <time>', 'changed since: 2026-11-23, 2026-11-23T18:40, or so long ago: 12h, 7d, 3w')
  .option('--older <time>', 'changed before')
  .option('--snapshot <id>', 'only what is in this snapshot')
  .option('--computer <id>', 'only of this computer')
  .option('--limit <n>', 'show at most so many', '100')
  .option('--offset <n>', 'pass over so many', '0')
  .action((query, options) =>
    execute(options, async (run) => (await import('./find-command.ts')).findCommand(query, options, run)),
  );

withCapability(withPassword(command('versions', 'every version of one file or folder over all snapshots')))
  .argument('<path>')
  .option('--computer <id>', 'only of this computer')
  .action((path, options) =>
    execute(options, async (run) => (await import('./versions-command.ts')).versionsCommand(path, options, run)),
  );

withCapability(withPassword(command('diff', 'what differs between two snapshots, or a snapshot and the disk')))
  .argument('<snapshot>', 'the older one: its id, or latest')
  .argument('[other]', 'the newer one; what the disk holds now where it is not given')
  .option('--path <path>', 'look at this and below it only')
  .option('--content', 'of the disk: read files and compare contents, not only sizes and times')
  .action((snapshot, other, options) =>
    execute(options, async (run) => (await import('./diff-command.ts')).diffCommand(snapshot, other, options, run)),
  );

withCapability(withPassword(command('forget', 'remove snapshots of this computer, by what to keep or by their ids')))
  .argument('[snapshot...]', 'ids of snapshots to forget')
  .option('--keep-last <n>', 'keep the newest so many')
  .option('--keep-hourly <n>', 'keep the newest of each of the last so many hours that have one')
  .option('--keep-daily <n>', 'the same by days')
  .option('--keep-weekly <n>', 'by weeks, from Monday')
  .option('--keep-monthly <n>', 'by months')
  .option('--keep-yearly <n>', 'by years')
  .option('--keep-within <span>', 'keep all that are no older than this before the newest: 30d, 6m, 1y6m')
  .option('--keep-tag <tag>', 'keep what carries this tag; may be repeated', collect, [])
  .option('--keep-id <id>', 'keep this snapshot; may be repeated', collect, [])
  .option('--prune', 'then remove what no snapshot needs')
  .option('--max-unused <percent>', 'as for prune')
  .option('--grace <hours>', 'as for prune')
  .option('--dry-run', 'say what would go, and why, and change nothing')
  .action((ids, options) =>
    execute(options, async (run) => (await import('./forget-command.ts')).forgetCommand(ids, options, run)),
  );

withCapability(withPassword(command('prune', 'remove what no snapshot of this computer needs')))
  .option('--max-unused <percent>', 'write a pack anew where more of it than this is unused (30)')
  .option('--grace <hours>', 'between the decision and the removal: 72; on Google Drive 168; less in a folder only')
  .option('--dry-run', 'say what would be done, and change nothing')
  .action((options) =>
    execute(options, async (run) => (await import('./prune-command.ts')).pruneCommand(options, run)),
  );

command('scrub', 'compare the checksums that the storage tells with what was written; downloads nothing').action(
  (options) => execute(options, (run) => scrubCommand(options, run)),
);

/** Loaded where they are needed: most runs have one place. */
const several = (): Promise<typeof import('./copy-commands.ts')> => import('./copy-commands.ts');

withLimits(program.command('copy'))
  .description('bring a backup to another place, or what is behind there; needs no key')
  .requiredOption('--repo <dest>', 'where to: a folder, an address, or @name; made where it is not there')
  .option('--credentials <file>', 'file with what opens that storage')
  .requiredOption('--from <dest>', 'where from; may be repeated', collect, [])
  .option('--from-credentials <file>', 'file with what opens the storage of --from')
  .option('--json', 'one JSON object a line: progress, then the result')
  .action((options) => execute(options, async (run) => (await several()).copyCommand(options, run)));

withCapability(withPassword(command('heal', 'replace what is damaged at a place by what another has whole')))
  .requiredOption('--from <dest>', 'where from; may be repeated', collect, [])
  .option('--from-credentials <file>', 'file with what opens the storage of --from')
  .option('--object <name>', 'this one, as verify names it; every byte is checked where none is given', collect, [])
  .action((options) => execute(options, async (run) => (await several()).healCommand(options, run)));

const vault = program
  .command('vault')
  .description('the password of a backup, and the key vault that keeps it')
  .showHelpAfterError(SEE_HELP);

/** A command about the vault of a backup; signed by this computer, or by the key where one is given. */
function vaultCommand(name: string, description: string): Command {
  return withPassword(withRepo(vault.command(name).description(description)));
}

/** Loaded where they are needed: most runs never speak to a vault. */
const commands = (): Promise<typeof import('./vault-commands.ts')> => import('./vault-commands.ts');

vaultCommand('status', 'wrong tries, computers, sessions').action((options) =>
  execute(options, async (run) => (await commands()).statusCommand(options, run)),
);
vaultCommand('sessions', 'computers that stay unlocked').action((options) =>
  execute(options, async (run) => (await commands()).sessionsCommand(options, run)),
);
vaultCommand('revoke', 'end a session, or forget a computer')
  .argument('<id>', 'of a session, or of a computer (then with the key)')
  .action((id, options) => execute(options, async (run) => (await commands()).revokeCommand(id, options, run)));
vaultCommand('password', 'change the password, or set up the first one')
  .option('--new-password-file <file>', 'file with the new password; asked for where it is not given')
  .option('--vault <url>', 'key vault, for the first password of a backup')
  .option('--invite <code>', 'invitation, where the vault asks for one')
  .action((options) => execute(options, async (run) => (await commands()).passwordCommand(options, run)));
vaultCommand('turn-off', 'destroy the vault’s copy of the key; the 64 digits remain')
  .option('--print', 'show the 64 digits')
  .option('--write-key-file <file>', 'write the 64 digits to a new file')
  .option('--without-vault', 'where the vault does not answer or confirm: it keeps its copy')
  .action((options) => execute(options, async (run) => (await commands()).turnOffCommand(options, run)));
vaultCommand('freeze', 'take no password from computers that the vault does not know')
  .option('--days <n>', '1 to 90', (text) => Number(text), 7)
  .action((options) => execute(options, async (run) => (await commands()).freezeCommand(options, run)));
vaultCommand('unfreeze', 'take passwords from any computer again').action((options) =>
  execute(options, async (run) => (await commands()).unfreezeCommand(options, run)),
);
vaultCommand('clear', 'empty the list of wrong tries, and take passwords set elsewhere as known').action((options) =>
  execute(options, async (run) => (await commands()).clearCommand(options, run)),
);

const key = program.command('key').description('the keys of a backup over time').showHelpAfterError(SEE_HELP);

/** A command that changes the keys of a backup; it takes the key. */
function keyCommand(name: string, description: string): Command {
  return withCapability(withPassword(withRepo(key.command(name).description(description))));
}

/** Loaded where they are needed: keys are changed once in years. */
const keyCommands = (): Promise<typeof import('./key-commands.ts')> => import('./key-commands.ts');

keyCommand('rotate', 'new keys for what is backed up from now on; digits and password stay').action((options) =>
  execute(options, async (run) => (await keyCommands()).rotateCommand(options, run)),
);
keyCommand('change', 'new 64 digits, for when somebody has seen them; the old ones are given with --key-file')
  .option('--also <dest>', 'a further place of the same backup; may be repeated', collect, [])
  .option('--write-key-file <file>', 'write the new digits to a new file')
  .option('--print', 'show the new digits')
  .option('--new-key-file <file>', 'go on with the change that wrote this file')
  .option('--new-password-file <file>', 'file with a new password; asked for where it is not given')
  .option('--without-password', 'the new digits are the only way in from now on')
  .option('--end-old-record', 'let the vault destroy the old key, also where a place that is away may still need it')
  .option('--invite <code>', 'invitation, where the vault asks for one')
  .action((options) => execute(options, async (run) => (await keyCommands()).changeKeyCommand(options, run)));

const computer = program
  .command('computer')
  .description('the computers that back up into one place; all of it takes the key')
  .showHelpAfterError(SEE_HELP);

/** A command about the computers of a backup. */
function computerCommand(name: string, description: string): Command {
  return withPassword(withRepo(computer.command(name).description(description)));
}

/** Loaded where they are needed. */
const computers = (): Promise<typeof import('./computer-commands.ts')> => import('./computer-commands.ts');

computerCommand('list', 'which there are, and when each has backed up last').action((options) =>
  execute(options, async (run) => (await computers()).computerListCommand(options, run)),
);
computerCommand('retire', 'a computer backs up here no more; what it has backed up stays')
  .argument('<id>', 'its id, from computer list')
  .action((id, options) =>
    execute(options, async (run) => (await computers()).computerRetireCommand(id, options, run)),
  );
withCapability(
  computerCommand('adopt', 'this computer goes on with the backups of another, which backs up here no more'),
)
  .argument('<id>', 'its id, from computer list')
  .option('--take-in <snapshot...>', 'snapshots of that computer that were left out and are to count')
  .action((id: string, options) =>
    execute(options, async (run) => (await computers()).computerAdoptCommand(id, options, run)),
  );

computerCommand('claim', 'no copy of this computer is in use: it goes on backing up').action((options) =>
  execute(options, async (run) => (await computers()).computerClaimCommand(options, run)),
);
withCapability(
  computerCommand('new-id', 'this computer is a copy of another: it starts anew under an id of its own'),
).action((options) => execute(options, async (run) => (await computers()).computerNewIdCommand(options, run)));

const destination = program
  .command('destination')
  .description('the places that backups go to')
  .showHelpAfterError(SEE_HELP)
  .addHelpText(
    'after',
    `\nADDRESS and --repo:\n${ADDRESS_FORMS}\n  gdrive:[FOLDER]  (destination add only: signs in to Google in your browser)`,
  );

/** Loaded where they are needed: most runs have no use for them. */
const places = (): Promise<typeof import('./destination-commands.ts')> => import('./destination-commands.ts');

const placeCommand = (name: string, description: string): Command =>
  destination.command(name).description(description).option('--json', 'one JSON object a line');

placeCommand('list', 'places that this computer knows by a name').action((options) =>
  execute(options, async (run) => (await places()).destinationListCommand(run)),
);
placeCommand('add', 'keep a place under a name, and what opens it in the keychain')
  .argument('<name>')
  .argument('<address>')
  .option('--credentials <file>', 'file with what opens it; for Google, the OAuth client of your own')
  .action((name, address, options) =>
    execute(options, async (run) => (await places()).destinationAddCommand(name, address, options, run)),
  );
placeCommand('remove', 'forget a place and what opens it; the backup there stays')
  .argument('<name>')
  .action((name, options) => execute(options, async (run) => (await places()).destinationRemoveCommand(name, run)));
placeCommand('test', 'do at a place what a backup does, and measure it')
  .requiredOption('--repo <dest>', 'a folder, an address, or @name')
  .option('--credentials <file>', 'file with what opens it')
  .action((options) => execute(options, async (run) => (await places()).destinationTestCommand(options, run)));
placeCommand('host-key', 'the key that an SFTP server shows, to compare before anything is sent')
  .argument('<host>')
  .option('--port <n>', 'port of the server', (text) => Number(text), 22)
  .action((host, options) => execute(options, async (run) => (await places()).hostKeyCommand(host, options, run)));

withCapability(
  withPassword(
    program
      .command('stats')
      .description('what a backup holds and what that takes; with --requests, what past runs asked of servers')
      .option('--repo <dest>', 'where the backup is kept: a folder, an address, or @name')
      .option('--credentials <file>', 'file with what opens that storage (else the keychain, or the environment)')
      .option('--key-file <file>', 'file with the 64 digits')
      .option('--requests', 'requests, bytes and quota units, by destination and command')
      .option('--days <n>', 'with --requests: of the last so many days only', (text) => Number(text))
      .option('--json', 'one JSON object a line'),
  ),
).action((options) =>
  execute(options, async (run) => {
    if (options.requests === true) return (await import('./stats-command.ts')).statsCommand(options, run);
    return (await import('./repository-stats-command.ts')).repositoryStatsCommand(options, run);
  }),
);

/** Loaded where they are needed: texts about the program itself. */
const help = (): Promise<typeof import('./help-commands.ts')> => import('./help-commands.ts');

program
  .command('completion')
  .description('completion of commands and options for your shell')
  .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish'] as const))
  .action(async (shell) => void process.stdout.write((await help()).completionText(program, shell)));
program
  .command('man')
  .description('the manual page: holdfast man | man -l -')
  .action(async () => void process.stdout.write((await help()).manualText(program)));

// Told where to look: in Electron's runtime, where the packaged program runs, commander would look one word further on.
await program.parseAsync(process.argv);
