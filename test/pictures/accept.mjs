#!/usr/bin/env node
/**
 * Takes the pictures anew that differ from those that were taken before: `npm run pictures:accept`. What follows `--` picks
 * some: `npm run pictures:accept -- -g home`. Look at what changed before it is committed.
 */
import path from 'node:path';
import { root, run } from '../../build/tools.mjs';

const { code } = await run(
  process.execPath,
  [path.join(root, 'build', 'test.mjs'), '--only', 'pictures', '--', ...process.argv.slice(2)],
  { env: { ...process.env, HOLDFAST_PICTURES: 'accept' } },
);
process.exitCode = code;
