/** The commands about several destinations of one backup: a run to all of them, a copy, healing one from another. */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { placeText } from '../destinations/spec.ts';
import { HoldfastError, toHoldfastError, type ErrorInfo } from '../errors.ts';
import type { Access, BackupOutput, CopyOutput, DestinationSpec, SurveyOutput } from '../engine/api.ts';
import { backup } from '../engine/backup.ts';
import { copy } from '../engine/copy.ts';
import { survey } from '../engine/replicas.ts';
import { verify } from '../engine/verify.ts';
import { readAccess, stateFolder, writeAccess } from './access.ts';
import { choiceOf, type ChoiceOptions } from './choice-options.ts';
import { backupText, notTaken, type Run } from './commands.ts';
import { destinationsOf, sharingFile, type DestinationOptions } from './destination-of.ts';
import type { AccessOptions } from './key-options.ts';
import { bytesText, countText, Exit, oneLine } from './output.ts';

const context = ({ output, control }: Run) => ({ control, emit: output.emit });

/** How one place came out of a run. */
interface Outcome {
  place: string;
  state: 'complete' | 'behind';
  error: ErrorInfo | null;
}

interface Place {
  spec: DestinationSpec;
  outcome: Outcome;
}

/** `--repo` and each `--also`: the one that is furthest leads; where it fails on the way, the next goes on. */
export async function backupToSeveralCommand(
  paths: string[],
  options: AccessOptions & ChoiceOptions & { tag: string[]; also: string[] },
  run: Run,
): Promise<number> {
  const { limitUpload, limitDownload } = options;
  const lead = { repo: options.repo, credentials: options.credentials, limitUpload, limitDownload };
  const also = options.also.map((repo) => ({ repo }));
  // All of them before the first one is asked anything: what opens one must not go to another.
  const specs = await destinationsOf(lead, ...also);
  const access = await accessByAny([lead, ...also], options, run);
  const places = specs.map((spec): Place => {
    return { spec, outcome: { place: placeText(spec), state: 'behind', error: null } };
  });
  const found = await survey({ destinations: specs, access, stateFolder: stateFolder() }, context(run));
  const output = await backupByLeads(paths, options, run, access, places, found);
  const outcomes = places.map(({ outcome }) => outcome);
  const behind = outcomes.filter(({ state }) => state === 'behind');
  run.output.result(
    { ...output, destinations: outcomes },
    `${backupText(output)}\n${outcomes.map(outcomeLine).join('\n')}` +
      (behind.length === 0
        ? ''
        : '\nWhat is behind gets the rest with the next backup; for a new place: holdfast copy --repo NEW --from DEST.'),
  );
  return notTaken(output) === 0 && behind.length === 0 ? Exit.done : Exit.incomplete;
}

/** The first of the places that opens tells which backup it is. Errors: the first one's, where none does. */
async function accessByAny(repos: DestinationOptions[], options: AccessOptions, run: Run) {
  let failure: unknown = null;
  for (const { repo, credentials } of repos) {
    try {
      return await writeAccess({ ...options, repo, credentials }, (text) => run.output.warn(text));
    } catch (error) {
      const { code } = toHoldfastError(error);
      const isPlace = code.startsWith('destination-') || code === 'not-a-repository' || code === 'repository-damaged';
      if (!isPlace) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

async function backupByLeads(
  paths: string[],
  options: ChoiceOptions & { tag: string[] },
  run: Run,
  access: Extract<Access, { kind: 'capability' }>,
  places: Place[],
  found: SurveyOutput,
): Promise<BackupOutput> {
  const states = found.destinations;
  for (const [i, { state, error }] of states.entries()) {
    const place = places[i];
    if (place !== undefined && (state === 'other' || state === 'unreachable')) place.outcome.error = error;
  }
  const usable = places.filter(({ outcome }) => outcome.error === null);
  const ready = places.filter((_, i) => states[i]?.state === 'ready');
  const first = found.lead === null ? undefined : places[found.lead];
  const leads = [...(first === undefined ? [] : [first]), ...ready.filter((place) => place !== first)];
  let failure: unknown = null;
  for (const lead of leads) {
    const others = usable.filter((place) => place !== lead && place.outcome.error === null);
    try {
      const output = await backup(
        {
          destination: lead.spec,
          also: others.map(({ spec }) => spec),
          access,
          stateFolder: stateFolder(),
          sources: paths.map((path) => resolve(path)),
          ...(await choiceOf(options)),
          tags: options.tag,
          computerName: hostname(),
        },
        context(run),
      );
      lead.outcome.state = 'complete';
      for (const { index, state, error } of output.also) {
        const other = others[index];
        if (other !== undefined) other.outcome = { ...other.outcome, state, error };
      }
      return output;
    } catch (error) {
      const known = toHoldfastError(error);
      if (!known.code.startsWith('destination-')) throw error;
      failure ??= error;
      lead.outcome.error = known.toInfo();
      if (lead !== leads.at(-1)) run.output.warn(`${known.message} The backup goes on to the other places.`);
    }
  }
  const missed = places.find(({ outcome }) => outcome.error !== null)?.outcome.error;
  throw failure ?? (missed === undefined || missed === null ? noneReady() : HoldfastError.fromInfo(missed));
}

const noneReady = (): HoldfastError =>
  new HoldfastError(
    'not-a-repository',
    'None of these places holds a backup yet.',
    'Nothing was changed. Make one with holdfast init, or fill a place with holdfast copy.',
  );

const outcomeLine = ({ place, state, error }: Outcome): string =>
  `${state === 'complete' ? 'Complete' : 'Behind  '}  ${oneLine(place)}${error === null ? '' : `: ${oneLine(error.message)} ${oneLine(error.guidance)}`}`;

export interface FromOptions extends DestinationOptions {
  from: string[];
  /** File with what opens those of `from` that are of its kind, at one host. */
  fromCredentials?: string | undefined;
}

export async function copyCommand(options: FromOptions, run: Run): Promise<number> {
  const { from, to } = await endsOf(options);
  const output = await copy({ from, to, clients: 'all', stateFolder: stateFolder() }, context(run));
  const done = `Copied ${countText(output.objects)} objects, ${bytesText(output.bytes)}, to ${placeText(to)}.`;
  run.output.result(output, `${done}${troubleText(output)}`);
  return output.complete ? Exit.done : Exit.incomplete;
}

/** Without `--object` every byte at `--repo` is checked first, which takes the key or this computer's capability. */
export async function healCommand(
  options: FromOptions & AccessOptions & { object: string[] },
  run: Run,
): Promise<number> {
  const { from, to } = await endsOf(options);
  const heal = options.object.length > 0 ? options.object : await damagedAt(to, options, run);
  const output = await copy({ from, to, clients: [], stateFolder: stateFolder(), heal }, context(run));
  run.output.result(
    { ...output, checked: heal },
    heal.length === 0
      ? `All is well at ${placeText(to)}: nothing had to be healed.`
      : `Healed ${countText(output.healed.length)} of ${countText(heal.length)} at ${placeText(to)}, ${bytesText(output.bytes)}.${troubleText(output)}`,
  );
  return output.complete ? Exit.done : Exit.incomplete;
}

async function damagedAt(destination: DestinationSpec, options: AccessOptions, run: Run): Promise<string[]> {
  const access = await readAccess(options, (text) => run.output.warn(text));
  const input = { destination, access, level: 3 as const, stateFolder: stateFolder() };
  const { damage, known } = await verify(input, context(run));
  return [...new Set([...damage, ...(known ?? [])].map(({ object }) => object))];
}

async function endsOf(options: FromOptions): Promise<{ from: DestinationSpec[]; to: DestinationSpec }> {
  if (options.from.length === 0) {
    throw new HoldfastError('bad-input', 'Where from?', 'Name a place with --from DEST. Nothing was changed.');
  }
  const { repo, credentials, limitUpload, limitDownload } = options;
  const sources = await sharingFile(options.from, options.fromCredentials);
  const [to, ...from] = await destinationsOf({ repo, credentials, limitUpload, limitDownload }, ...sources);
  return { from, to };
}

function troubleText({ damaged, missing }: CopyOutput): string {
  const lines = damaged.map(({ object, at, message }) => `Damaged at ${oneLine(at)}: ${oneLine(object)}. ${message}`);
  for (const object of missing) lines.push(`No place has it whole: ${oneLine(object)}`);
  return lines.length === 0 ? '' : `\n${lines.join('\n')}`;
}
