/** The table of verbs, for the worker thread and for the CLI. */
import { adopt } from './adopt.ts';
import type { Verbs } from './api.ts';
import { backup } from './backup.ts';
import { changeKey } from './change-key.ts';
import { claim, listComputers, retire } from './computers.ts';
import { copy } from './copy.ts';
import { create } from './create.ts';
import { diff } from './diff.ts';
import { drill } from './drill.ts';
import { enrol } from './enrol.ts';
import { find } from './find.ts';
import { forget } from './forget.ts';
import { inspect } from './inspect.ts';
import { page } from './page.ts';
import { prune } from './prune.ts';
import { read } from './read.ts';
import { survey } from './replicas.ts';
import { repair } from './repair.ts';
import { restore } from './restore.ts';
import { rotate } from './rotate.ts';
import { scrub } from './scrub.ts';
import { setVault } from './set-vault.ts';
import { sizes } from './sizes.ts';
import { snapshots } from './snapshots.ts';
import { stats } from './stats.ts';
import { unlock } from './unlock.ts';
import type { VerbContext } from './verb-context.ts';
import { verify } from './verify.ts';
import { versions } from './versions.ts';

export type VerbTable = {
  [V in keyof Verbs]: (input: Verbs[V]['input'], context: VerbContext) => Promise<Verbs[V]['output']>;
};

export const verbs: VerbTable = {
  create,
  inspect,
  unlock,
  setVault,
  rotate,
  changeKey,
  listComputers,
  retire,
  claim,
  adopt,
  enrol,
  backup,
  snapshots,
  page,
  read,
  restore,
  verify,
  scrub,
  repair,
  drill,
  copy,
  survey,
  forget,
  prune,
  find,
  versions,
  diff,
  stats,
  sizes,
};
