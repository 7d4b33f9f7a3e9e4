/** `holdfast computer …`: the computers that back up into one repository. Each returns the exit code. */
import { HoldfastError } from '../errors.ts';
import { claim, listComputers, retire } from '../engine/computers.ts';
import type { LeftOutSnapshot } from '../engine/api.ts';
import { inspect } from '../engine/inspect.ts';
import { adoptHere, clientIdOf, newIdHere, rootKeyOf, stateFolder } from './access.ts';
import type { Run } from './commands.ts';
import { destinationOf } from './destination-of.ts';
import { hasKey, type AccessOptions, type KeyOptions } from './key-options.ts';
import { bytesText, countText, Exit, oneLine } from './output.ts';

export async function computerListCommand(options: KeyOptions, run: Run): Promise<number> {
  const { destination, rootKey } = await owner(options, run);
  const own = await clientIdOf((await inspect({ destination })).repoId);
  const found = await listComputers({ destination, rootKey, stateFolder: stateFolder() });
  const computers = found.map(({ elsewhere, ...one }) => ({
    ...one,
    thisComputer: one.clientId === own,
    takenOver: one.clientId === own && elsewhere,
  }));
  const lines = computers.map((one) => {
    const when =
      one.newestMs === null ? 'no snapshot' : new Date(one.newestMs).toISOString().slice(0, 16).replace('T', ' ');
    const notes = [
      one.takenOver ? 'was this computer, until another took over' : one.thisComputer ? 'this computer' : '',
      one.retired ? 'retired' : '',
    ].filter((note) => note !== '');
    return `${one.clientId}  ${when}  ${countText(one.snapshots)} snapshots, ${bytesText(one.storedBytes)}  ${oneLine(one.name)}${notes.length === 0 ? '' : `  (${notes.join(', ')})`}`;
  });
  run.output.result({ computers }, lines.length === 0 ? 'No computer has backed up yet.' : lines.join('\n'));
  return Exit.done;
}

export async function computerRetireCommand(id: string, options: KeyOptions, run: Run): Promise<number> {
  const { destination, rootKey } = await owner(options, run);
  const { repository } = await retire({ destination, rootKey, clientId: id, stateFolder: stateFolder() });
  run.output.result(
    { retired: id, generation: repository.generation },
    'That computer backs up here no more, as soon as it sees this. What it has backed up stays and can be restored.\n' +
      'At other places of this backup it stops when they have been copied to.',
  );
  return Exit.done;
}

export async function computerClaimCommand(options: KeyOptions, run: Run): Promise<number> {
  const { destination, rootKey } = await owner(options, run);
  const clientId = await clientIdOf((await inspect({ destination })).repoId);
  if (clientId === null) {
    throw new HoldfastError(
      'capability-missing',
      'This computer has never backed up here.',
      'Nothing was changed. Enrol it: holdfast enroll --repo DEST --key-file F.',
    );
  }
  const { removedMarkers, newest } = await claim({ destination, rootKey, clientId, stateFolder: stateFolder() });
  run.output.result(
    { clientId, removedMarkers, newest },
    'This computer is the only one of its id from now on. If a copy of it is in use all the same, give that one a new id.',
  );
  return Exit.done;
}

/** What was left out is named by as many digits as tell it. */
const ID_DIGITS = 12;
/** The last time that a date can tell: whoever stole a former computer's capability may have written any number. */
const LAST_MS = 8.64e15;

export async function computerAdoptCommand(
  id: string,
  options: AccessOptions & { takeIn?: string[] },
  run: Run,
): Promise<number> {
  if (!hasKey(options)) throw keyNeeded();
  run.output.warn(
    'Connect all places of this backup, and adopt at each before the next backup: a snapshot that only an absent place has may stay hidden there otherwise. Nothing of it is removed.',
  );
  const made = await adoptHere(id, options, (text) => run.output.warn(text));
  const { clientId, before, writer, name, snapshots, newestMs, leftOut } = made;
  const of = name === '' ? 'that computer' : oneLine(name);
  run.output.result(
    { clientId, before, writer, name, snapshots, newestMs, leftOut },
    `This computer goes on with the backups of ${of}: ${countText(snapshots)} snapshots. Its next backup stores only what is new.\n` +
      'The other computer backs up here no more, as soon as it sees this. What it stores until then does not count.\n' +
      'Do the same for each other place of this backup. Places that are away now learn of it with the first backup there.' +
      leftOutText(leftOut),
  );
  return Exit.done;
}

function leftOutText(leftOut: readonly LeftOutSnapshot[]): string {
  if (leftOut.length === 0) return '';
  const lines = leftOut.map(
    ({ id, endedMs, computerName }) =>
      `  ${id.slice(0, ID_DIGITS)}  ${new Date(Math.min(endedMs, LAST_MS)).toISOString().slice(0, 16).replace('T', ' ')}  ${oneLine(computerName)}`,
  );
  return (
    '\nHere are also snapshots of the former computer that this one did not know of. They are not shown, and nothing of them is removed:\n' +
    `${lines.join('\n')}\n` +
    'To take one in, if it is yours, say the same again with --take-in and its id.'
  );
}

export async function computerNewIdCommand(options: AccessOptions, run: Run): Promise<number> {
  if (!hasKey(options)) throw keyNeeded();
  const { clientId, before } = await newIdHere(options, (text) => run.output.warn(text));
  run.output.result(
    { clientId, before },
    'This computer has a new id. Its next backup stores everything once more; what was backed up under the old id stays.',
  );
  return Exit.done;
}

async function owner(options: KeyOptions, run: Run) {
  if (!hasKey(options)) throw keyNeeded();
  const destination = await destinationOf(options);
  return { destination, rootKey: await rootKeyOf(options, (text) => run.output.warn(text)) };
}

const keyNeeded = (): HoldfastError =>
  new HoldfastError(
    'locked',
    'That takes the key of this backup.',
    'Give it with --key-file, or the password with --password. Nothing was changed.',
  );
