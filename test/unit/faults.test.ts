import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Faults, MAX_KEPT } from '../../main/app/faults/faults.ts';
import { faultText } from '../../main/app/faults/report.ts';
import { scrub } from '../../main/app/faults/scrub.ts';
import { HoldfastError } from '../../main/errors.ts';

const SCRIPTS = '/opt/Holdfast/resources/app.asar/dist';
/** What must never be in a report. */
const SECRETS = [
  '7F3A09C4E51B66D2',
  'correct horse battery staple',
  'AKIAIOSFODNN7EXAMPLE',
  '/home/ada/Documents/divorce.odt',
  'C:\\Users\\Ada\\taxes',
  'divorce',
  'Lovelace',
  'ada@example.org',
  'nas.lovelace.example',
];

const FACTS = { version: '0.1.0', platform: 'linux', arch: 'x64', electron: '45.4.1', release: '6.1.0-28-lovelace' };

let folder: string;
let nowMs: number;
const said: string[] = [];

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'holdfast-faults-')), 'faults');
  nowMs = Date.parse('2026-11-26T09:15:00.123Z');
  said.length = 0;
});
afterEach(async () => {
  await rm(path.dirname(folder), { recursive: true });
});

function faults(): Faults {
  return new Faults({
    folder,
    scripts: SCRIPTS,
    facts: FACTS,
    now: () => nowMs,
    report: (what) => said.push(what),
  });
}

function failure(name: string, message: string, frames: readonly string[], more: object = {}): Error {
  const error = Object.assign(new Error(message), { name, ...more });
  error.stack = [`${name}: ${message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

describe('a report', () => {
  it('tells what and where', async () => {
    const log = faults();
    log.note(
      'engine',
      failure('TypeError', "Cannot read properties of undefined (reading 'divorce.odt')", [
        `Walker.next (file://${SCRIPTS}/chunks/walk-AB12.js:10:4)`,
        `async Object.run (${SCRIPTS}/engine-host.js:3:1)`,
        'node:internal/process/task_queues:95:5',
        '/home/ada/Documents/divorce.odt:1:1',
      ]),
    );
    const [entry] = await log.list();
    expect(entry).toEqual({ id: expect.any(String), at: nowMs, title: 'TypeError in the engine' });
    expect(await log.text(entry?.id ?? '')).toBe(
      [
        'TypeError in the engine',
        '',
        'When: 2026-11-26 09:15 UTC',
        'Holdfast: 0.1.0, Electron 45.4.1',
        'System: linux 6.1.0, x64',
        'Message: Cannot read properties of undefined',
        '',
        'Where:',
        '  chunks/walk-AB12.js:10:4',
        '  engine-host.js:3:1',
        '  node:internal/process/task_queues:95:5',
        '  elsewhere',
        '',
        'No names of files or people, no folders, no contents and no keys are in this report.',
        '',
      ].join('\n'),
    );
    expect((await stat(log.fileOf(entry?.id ?? ''))).mode & 0o777).toBe(0o600);
  });

  const PLACES: [string, (secret: string) => unknown][] = [
    ['a message', (secret) => failure('Error', `could not open ${secret}`, [])],
    ['a sentence of V8', (secret) => failure('TypeError', `${secret} is not a function`, [])],
    ['a variable', (secret) => failure('ReferenceError', `Cannot access '${secret}' before initialization`, [])],
    ['JSON', (secret) => failure('SyntaxError', `Unexpected token } in JSON, "${secret}" is not valid`, [])],
    ['a class', (secret) => failure(secret, 'x', [])],
    ['a code', (secret) => failure('Error', 'x', [], { code: secret })],
    ['a function', (secret) => failure('Error', 'x', [`${secret} (${SCRIPTS}/main.js:1:2)`])],
    ['a method', (secret) => failure('Error', 'x', [`Object.run [as ${secret}] (${SCRIPTS}/main.js:1:2)`])],
    ['a place', (secret) => failure('Error', 'x', [`run (${secret}:1:2)`, `${secret}:1:2`])],
    ['a folder', (secret) => failure('Error', 'x', [`run (/home/${secret}/main.js:1:2)`])],
    ['more lines', (secret) => failure('Error', `x\n    at ${secret} (${SCRIPTS}/main.js:1:2)\n${secret}`, [])],
    ['a HoldfastError', (secret) => new HoldfastError('internal', secret, secret, { detail: secret })],
    ['a cause', (secret) => failure('Error', 'x', [], { cause: new Error(secret) })],
    ['a string', (secret) => secret],
    ['an object', (secret) => ({ message: secret, [secret]: secret, name: secret, toString: () => secret })],
  ];
  it.each(PLACES)('has nothing of what was planted in %s', async (_name, plant) => {
    for (const secret of SECRETS) {
      const text = faultText('program', scrub(plant(secret), SCRIPTS), nowMs, FACTS).toLowerCase();
      expect(text).toMatch(/^[a-z]*error in the program\n/);
      for (const each of SECRETS) expect(text).not.toContain(each.toLowerCase());
    }
    const log = faults();
    log.note('program', plant(SECRETS[0] ?? ''));
    const [name] = await readdir(folder);
    expect(await readFile(path.join(folder, name ?? ''), 'utf8')).not.toContain(SECRETS[0]);
    expect(said.join()).not.toContain(SECRETS[0]);
  });

  it('of something that fights being read', () => {
    const hostile = Object.defineProperty({}, 'stack', {
      get: () => {
        throw new Error('no');
      },
    });
    for (const thrown of [null, undefined, 7, hostile, () => 'x']) {
      expect(scrub(thrown, SCRIPTS)).toEqual({ name: 'Error', code: null, message: null, frames: [] });
    }
  });

  it.each([
    ['C:\\Users\\Ada\\Programs\\Holdfast\\dist', 'file:///C:/Users/Ada/Programs/Holdfast/dist/main.js:1:2'],
    ['C:\\Program Files\\Holdfast\\dist', 'file:///C:/Program%20Files/Holdfast/dist/main.js:1:2'],
    ['C:\\Program Files\\Holdfast\\dist', 'C:\\Program Files\\Holdfast\\dist\\main.js:1:2'],
    ['/home/ada/my programs/dist', 'file:///home/ada/my%20programs/dist/main.js:1:2'],
  ])('names its own places in %s as %s', (scripts, place) => {
    const thrown = failure('Error', 'x', [`run (${place})`, place, `run (${place.replace('Holdfast', 'ada')})`]);
    expect(scrub(thrown, scripts).frames.slice(0, 2)).toEqual(['main.js:1:2', 'main.js:1:2']);
    if (place.includes('Holdfast')) expect(scrub(thrown, scripts).frames[2]).toBe('elsewhere');
  });

  it('of a real exception of this program', () => {
    try {
      JSON.parse('{');
    } catch (error) {
      const { frames, ...rest } = scrub(error, import.meta.dirname);
      expect(rest).toMatchObject({ name: 'SyntaxError', code: null });
      expect(frames.some((frame) => frame.includes('faults.test.ts'))).toBe(true);
    }
  });
});

describe('reports', () => {
  it('are the newest few, the same fault once a start', async () => {
    const log = faults();
    for (let at = 0; at < 5; at += 1) log.note('window', failure('RangeError', 'Invalid array length', []));
    expect(await readdir(folder)).toHaveLength(1);
    for (let start = 0; start < 30; start += 1) {
      nowMs += 60_000;
      faults().note('window', failure('RangeError', 'Invalid array length', []));
    }
    await expect.poll(async () => (await readdir(folder)).length).toBe(MAX_KEPT);
    const list = await faults().list();
    expect(list[0]?.at).toBe(nowMs);
    await faults().removeAll();
    expect(await faults().list()).toEqual([]);
  });

  it('are named by nothing but their time', async () => {
    const log = faults();
    log.note('program', new Error('x'));
    for (const id of ['../config', 'running', '', '20260101t000000000-ab12/../x'])
      expect(await log.text(id)).toBeNull();
  });

  it('tell of an end without a word, and only of that', async () => {
    const first = faults();
    first.begin();
    first.end();
    const second = faults();
    second.begin();
    expect(await second.list()).toEqual([]);
    // It was killed; somebody starts the program again, twice.
    const third = faults();
    faults().end();
    third.begin();
    expect((await third.list()).map(({ title }) => title)).toEqual(['Holdfast ended without a word']);
    third.end();
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('cost nothing where they can’t be written', async () => {
    const log = new Faults({
      folder: '/dev/null/faults',
      scripts: SCRIPTS,
      facts: FACTS,
      now: () => nowMs,
      report: (what) => said.push(what),
    });
    log.begin();
    log.note('program', new Error('x'));
    log.end();
    expect(await log.list()).toEqual([]);
    expect(said.length).toBeGreaterThan(0);
  });
});
