/**
 * The plans of this computer as the jobs use them: what, where, when, and how long it is kept. There is one repository at
 * each place and one key for all plans; each plan writes into it as a client of its own.
 */
import { HoldfastError } from '../errors.ts';
import { phrase, text, type Text } from '../text.ts';
import { DEFAULT_CARE, type Keep } from './care/care.ts';
import type { Config, ConfigStore, PlannedDestination } from './config.ts';
import { notSetUp } from './not-set-up.ts';
import type { When } from './schedule/when.ts';

export interface BackupPlan {
  id: string;
  name: string;
  /** Absolute paths. */
  sources: readonly string[];
  /** Patterns in gitignore syntax. */
  excludes: readonly string[];
  /** Ids of destinations; null for every one, also those that are added later. */
  where: readonly string[] | null;
  /** Those of `where` that there are, in their order. */
  destinations: readonly PlannedDestination[];
  /** The client id that its backups have in the repository, in hex. */
  clientId: string;
  when: When;
  /** Null: every backup is kept. */
  keep: Keep | null;
}

/** What can be changed of a plan. */
export type PlanChange = Partial<Pick<BackupPlan, 'name' | 'sources' | 'excludes' | 'where' | 'when' | 'keep'>>;

/** Of the plan that the set-up makes, until somebody names it. */
export const FIRST_PLAN = { id: 'first', name: phrase('My files') };

type Plans = Pick<Config, 'plan' | 'furtherPlans' | 'when'>;

/** All of them, the first one first; none before the set-up. */
export function plansOf({ plan, furtherPlans, when }: Plans): BackupPlan[] {
  if (plan === null) return [];
  const placesOf = (where: readonly string[] | null): PlannedDestination[] =>
    plan.destinations.filter(({ id }) => where === null || where.includes(id));
  const { keep } = plan.care ?? DEFAULT_CARE;
  const { sources, excludes, clientId, id = FIRST_PLAN.id, name = FIRST_PLAN.name, where = null } = plan;
  const first = { id, name, sources, excludes, where, destinations: placesOf(where), clientId, when, keep };
  return [first, ...furtherPlans.map((one) => ({ ...one, destinations: placesOf(one.where) }))];
}

/**
 * @param id the first plan where it is not given
 * @throws HoldfastError `bad-input` before the set-up, or for an unknown plan
 */
export function planOf(config: Plans, id?: string): BackupPlan {
  const all = plansOf(config);
  const found = id === undefined ? all[0] : all.find((plan) => plan.id === id);
  if (all.length === 0) throw notSetUp();
  if (found === undefined) throw noSuchPlan();
  return found;
}

/** @throws HoldfastError `bad-input` for an unknown plan, a name that another one has, or nothing left to back up */
export async function changePlan(store: ConfigStore, id: string, change: PlanChange): Promise<void> {
  const { plan, furtherPlans } = store.value;
  const before = planOf(store.value, id);
  if (plan === null) throw notSetUp();
  assertFits({ ...before, ...change }, plansOf(store.value));
  if (furtherPlans.some((one) => one.id === id)) {
    const next = furtherPlans.map((one) => (one.id === id ? { ...one, ...copied(change) } : one));
    await store.update({ furtherPlans: next });
    return;
  }
  const { when, keep, ...own } = copied(change);
  const cared = keep === undefined ? {} : { care: { ...(plan.care ?? DEFAULT_CARE), keep } };
  await store.update({ plan: { ...plan, ...own, ...cared }, ...(when === undefined ? {} : { when }) });
}

/** @throws HoldfastError `bad-input` where it does not fit beside the others */
export async function addPlan(store: ConfigStore, plan: Omit<BackupPlan, 'destinations'>): Promise<void> {
  const { sources, excludes, where, ...rest } = plan;
  if (store.value.plan === null) throw notSetUp();
  assertFits({ ...plan, destinations: [] }, plansOf(store.value));
  const lists = { sources: [...sources], excludes: [...excludes] };
  const further = { ...rest, ...lists, name: plan.name.trim(), where: where === null ? null : [...where] };
  await store.update({ furtherPlans: [...store.value.furtherPlans, further] });
}

/**
 * Takes a plan out; what it has stored stays. Where it was the first, the next one takes its place.
 * @throws HoldfastError `bad-input` for the only one
 */
export async function removePlan(store: ConfigStore, id: string): Promise<void> {
  const { plan, furtherPlans } = store.value;
  planOf(store.value, id);
  const [next, ...others] = furtherPlans;
  if (plan === null || next === undefined) throw onlyPlan();
  if (furtherPlans.some((one) => one.id === id)) {
    await store.update({ furtherPlans: furtherPlans.filter((one) => one.id !== id) });
    return;
  }
  const { when, keep, ...own } = next;
  const care = { ...(plan.care ?? DEFAULT_CARE), keep };
  await store.update({ plan: { ...plan, ...own, care }, when, furtherPlans: others });
}

/** The plans without a place of that id. @throws HoldfastError `bad-input` where one would be left without any */
export function withoutPlace(config: Plans, place: string): Pick<Config, 'plan' | 'furtherPlans'> {
  const { plan, furtherPlans } = config;
  const stranded = plansOf(config).find(({ destinations }) => destinations.every(({ id }) => id === place));
  if (stranded !== undefined) throw onlyPlace(stranded.name, furtherPlans.length > 0);
  const less = (where: string[] | null): string[] | null => where?.filter((id) => id !== place) ?? null;
  return {
    plan:
      plan === null
        ? null
        : {
            ...plan,
            destinations: plan.destinations.filter(({ id }) => id !== place),
            ...(plan.where === undefined ? {} : { where: less(plan.where) }),
          },
    furtherPlans: furtherPlans.map((one) => ({ ...one, where: less(one.where) })),
  };
}

/** Every client id that this computer writes as. */
export function clientsOf(config: Plans): string[] {
  return plansOf(config).map(({ clientId }) => clientId);
}

function assertFits(plan: BackupPlan, all: readonly BackupPlan[]): void {
  const same = (name: string): boolean => name.trim().toLowerCase() === plan.name.trim().toLowerCase();
  if (all.some(({ id, name }) => id !== plan.id && same(name))) throw sameName(plan.name);
  if (plan.sources.length === 0) throw nothingLeft();
}

/** As the configuration keeps it: lists of its own. */
function copied(change: PlanChange) {
  const { name, sources, excludes, where, when, keep } = change;
  return defined({
    name: name?.trim(),
    sources: sources === undefined ? undefined : [...sources],
    excludes: excludes === undefined ? undefined : [...excludes],
    where: where === undefined ? undefined : where === null ? null : [...where],
    when,
    keep,
  });
}

/** Without what is undefined. */
function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

const bad = (message: string | Text, guidance: string): HoldfastError =>
  new HoldfastError('bad-input', message, guidance, { severity: 'notice' });

const noSuchPlan = (): HoldfastError => bad('There is no such plan.', 'Choose one from the list. Nothing was changed.');
const onlyPlan = (): HoldfastError => bad('That is the only plan.', 'Add another one first. Nothing was changed.');
const sameName = (name: string): HoldfastError =>
  bad(text`Another plan is called ${name}.`, 'Choose another name. Nothing was changed.');
const nothingLeft = (): HoldfastError =>
  bad('That is the last thing that is backed up.', 'Add something else first. Nothing was changed.');
const onlyPlace = (plan: string, several: boolean): HoldfastError =>
  several
    ? bad(
        text`That is the only place that “${plan}” goes to.`,
        'Choose another place for it first. Nothing was changed.',
      )
    : bad('That is the only place that your backups go to.', 'Add another place first. Nothing was changed.');
