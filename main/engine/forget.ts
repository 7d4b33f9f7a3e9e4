/**
 * Forget: removes snapshots, by a policy or by name. That they are gone on purpose is said in an index segment first, so
 * that no other place of the repository, and no run that was interrupted, brings them back or takes them for lost. What
 * only they needed stays until it is pruned.
 */
import { HoldfastError } from '../errors.ts';
import { text } from '../text.ts';
import type { Destination } from '../destinations/destination.ts';
import type { ForgetInput, ForgetOutput, RetentionDecision } from './api.ts';
import { RunControl } from './control.ts';
import { display } from './format/byte-path.ts';
import { fromHex, toHex } from './format/bytes.ts';
import { Kind } from './format/envelope.ts';
import { encodeSegment } from './format/segment.ts';
import { stillWriter } from './markers.ts';
import { inOwnDomain, type OwnDomain, withOwnDomain } from './own-domain.ts';
import { Publisher } from './pipeline/publisher.ts';
import { refuseWithoutNote } from './repository/adoption.ts';
import { loadDomain, type Domain, type StoredSnapshot } from './repository/domain.ts';
import { markedDamaged } from './repository/snapshot-finder.ts';
import { refuseUnread } from './repository/storage-failure.ts';
import { applyPolicy, isIdOf, type Retained } from './retention.ts';
import type { VerbContext } from './verb-context.ts';

/** Errors: bad-input, snapshot-not-found, busy, object-unreadable (by a policy), those of opening, stopped, destination-*. */
export async function forget(input: ForgetInput, context: VerbContext): Promise<ForgetOutput> {
  return await withOwnDomain(input, context, async (own) => await forgetIn(own, input, context));
}

/** The same in a destination that is open already; the caller closes it. */
export async function forgetAt(
  destination: Destination,
  input: ForgetInput,
  context: VerbContext,
): Promise<ForgetOutput> {
  return await inOwnDomain(destination, input, async (own) => await forgetIn(own, input, context));
}

async function forgetIn(own: OwnDomain, input: ForgetInput, context: VerbContext): Promise<ForgetOutput> {
  const domain = await loadDomain(own.repository, own.id, { withoutIndex: true });
  refuseWithoutNote(domain);
  // A rule counts: with what is not seen, others would go or stay than it says. Who names one means that one.
  if (input.policy !== null) refuseUnread(domain);
  const { decisions, gone } = decide(domain, input);
  if (!input.dryRun) await removeAll(own, domain, gone, context);
  return {
    decisions: decisions.sort((a, b) => b.sequence - a.sequence),
    kept: decisions.filter(({ keep }) => keep).length,
    forgotten: gone.size,
    dryRun: input.dryRun,
  };
}

/** What is decided of each snapshot, and the sequence numbers of those that go, by id. */
function decide(domain: Domain, input: ForgetInput): { decisions: RetentionDecision[]; gone: Map<string, number> } {
  const damaged = markedDamaged(domain);
  const all = domain.snapshots.map((stored) => retainedOf(domain, stored, damaged));
  const named = namedOnes(domain, all, input);
  const verdicts = input.policy === null ? null : applyPolicy(all, input.policy);
  const decisions = all.map((one): RetentionDecision => {
    const { id, sequence, endedMs, sources, tags, partial } = one;
    const verdict = named.has(id)
      ? { keep: false, reasons: ['named to be forgotten'] }
      : (verdicts?.get(id) ?? { keep: true, reasons: ['not named'] });
    return { id, sequence, endedMs, sources, tags, partial, damaged: one.damaged, ...verdict };
  });
  const gone = new Map(named);
  for (const { id, sequence, keep } of decisions) if (!keep) gone.set(id, sequence);
  return { decisions, gone };
}

const retainedOf = (domain: Domain, { id, snapshot }: StoredSnapshot, damaged: Set<string>): Retained => ({
  id,
  clientId: domain.id,
  sequence: snapshot.sequence,
  endedMs: snapshot.endedMs,
  sources: snapshot.sources.map(display),
  tags: snapshot.tags ?? [],
  partial: snapshot.partial,
  damaged: damaged.has(id),
});

/**
 * Sequence numbers (0 where it is not known) of the snapshots that were named, by id. Those that do not open, or that
 * others name and that are not there, can be named too: that is how a loss is accepted. Errors: snapshot-not-found,
 * bad-input (the newest complete one, or a pinned one).
 */
function namedOnes(domain: Domain, all: readonly Retained[], { ids, policy }: ForgetInput): Map<string, number> {
  const known = new Map(all.map(({ id, sequence }) => [id, sequence]));
  for (const { object } of domain.damage) {
    if (object.includes('/s/')) known.set(object.slice(object.lastIndexOf('/') + 1), 0);
  }
  for (const { snapshot } of domain.snapshots) {
    if (snapshot.previous !== null && !known.has(toHex(snapshot.previous))) known.set(toHex(snapshot.previous), 0);
    for (const { sequence, hash } of snapshot.live) {
      if ((known.get(toHex(hash)) ?? 0) === 0) known.set(toHex(hash), sequence);
    }
  }
  for (const id of domain.forgotten.keys()) if (!all.some((one) => one.id === id)) known.delete(id);
  const whole = all.filter(({ partial, damaged }) => !partial && !damaged);
  const newest = whole.reduce<Retained | null>((a, one) => (a === null || one.sequence > a.sequence ? one : a), null);
  const named = new Map<string, number>();
  for (const wanted of ids) {
    const matches = [...known.keys()].filter((id) => isIdOf(wanted, { id }));
    const [id] = matches;
    if (id === undefined || matches.length > 1) throw notOne(wanted, matches.length);
    if (id === newest?.id) throw isNewest(wanted);
    if (policy?.keepIds?.some((pinned) => isIdOf(pinned, { id })) === true) throw isPinned(wanted);
    named.set(id, known.get(id) ?? 0);
  }
  return named;
}

async function removeAll(
  { destination, capability }: OwnDomain,
  domain: Domain,
  gone: Map<string, number>,
  context: VerbContext,
): Promise<void> {
  await context.control.check();
  if (gone.size > 0) {
    const publisher = new Publisher(destination, capability, new RunControl());
    const forgotten = [...gone].map(([id, sequence]) => ({ sequence, hash: fromHex(id) ?? new Uint8Array(32) }));
    await publisher.putObject('i', Kind.indexSegment, encodeSegment({ forgotten }));
    await stillWriter(destination, capability);
  }
  // Those too that an interrupted run left, or that a copy brought back.
  for (const id of [...gone.keys(), ...domain.leftSnapshots.map((left) => left.id)]) {
    await context.control.check();
    const name = `c/${domain.id}/s/${id}`;
    if (domain.objects.has(name)) await destination.remove(name);
  }
}

function notOne(wanted: string, matches: number): HoldfastError {
  return new HoldfastError(
    'snapshot-not-found',
    matches > 1
      ? text`More than one snapshot begins with ${wanted}.`
      : text`There is no snapshot ${wanted} of this computer here.`,
    'Nothing was changed. List the snapshots to see what there is.',
  );
}

const isNewest = (wanted: string): HoldfastError =>
  new HoldfastError(
    'bad-input',
    text`Snapshot ${wanted} is the newest complete one of this computer.`,
    'Nothing was changed. It stays until there is a newer one: back up first.',
  );

const isPinned = (wanted: string): HoldfastError =>
  new HoldfastError('bad-input', text`Snapshot ${wanted} is pinned.`, 'Nothing was changed. Take the pin off first.');
