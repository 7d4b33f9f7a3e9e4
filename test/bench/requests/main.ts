/**
 * `npm run bench -- --requests`: what a first backup, one with nothing changed, a restore and a check ask of the storage,
 * counted by the storage itself: Holdfast on a fake Google Drive and on a fake S3, and restic and rclone (with its crypt) on
 * that same S3 (nothing can tell them of another Drive than Google's). The table goes into docs/destinations.md.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { makeFolder } from '../../../main/destinations/google-drive/folders.ts';
import { endpointsAt } from '../../../main/destinations/google-drive/endpoints.ts';
import { FakeGoogle } from '../../support/fake-google/fake-google.ts';
import { FakeS3 } from '../../support/fake-s3/server.ts';
import { buildIncompressible } from '../generated.ts';
import { writeBetween } from '../marked.ts';
import { markdownTable } from '../table.ts';
import { DRIVE_UNITS, sumOf, type Counted } from './counted.ts';

const run = promisify(execFile);
const ACCOUNT = 'bench@example.com';
const HELP = `npm run bench -- --requests [options]

  --mib N    data that cannot be compressed, in MiB (default 1024)
  --cli FILE our program (default dist/cli.js)
  --write    put the table into docs/destinations.md
`;
/** The words around them are a person's. */
const MARKS = ['<!-- requests: begin -->', '<!-- requests: end -->'] as const;

/** Runs one tool's four steps; each gives back what the storage counted. */
interface Rival {
  name: string;
  steps: { title: string; work: () => Promise<void> }[];
  count: () => Counted;
}

export async function main(argv: string[], root: string): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      requests: { type: 'boolean' },
      mib: { type: 'string', default: '1024' },
      cli: { type: 'string', default: path.join(root, 'dist/cli.js') },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const mib = Number(values.mib);
  if (values.help || !Number.isSafeInteger(mib) || mib < 1) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-requests-'));
  const google = await FakeGoogle.start({ writesPerSecond: 3 });
  const s3 = await FakeS3.start();
  try {
    const source = path.join(folder, 'data');
    mkdirSync(source);
    buildIncompressible(source, mib * 2 ** 20);
    const rows = [[`${mib.toLocaleString('en')} MiB`, 'backup', 'nothing changed', 'restore', 'check of all']];
    const rivals: Rival[] = [
      await onDrive(google, { folder, source, cli: path.resolve(values.cli) }),
      onS3(s3, { folder, source, cli: path.resolve(values.cli) }),
      resticOnS3(s3, { folder, source }),
      rcloneOnS3(s3, { folder, source }),
    ];
    for (const rival of rivals) rows.push(...(await measured(rival)));
    const table = markdownTable(rows);
    process.stdout.write(`${table}\n`);
    if (values.write) writeBetween(path.join(root, 'docs/destinations.md'), MARKS, table);
    return 0;
  } finally {
    await google.close();
    await s3.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Requests, quota units at Drive's prices and downloads of each step. */
async function measured(rival: Rival): Promise<string[][]> {
  const requests: string[] = [];
  const units: string[] = [];
  const received: string[] = [];
  const each = (value: number): string => value.toLocaleString('en');
  for (const { title, work } of rival.steps) {
    const before = rival.count();
    process.stderr.write(`${rival.name}: ${title} ...\n`);
    await work();
    const { requests: asked, units: cost, downloads } = sumOf(before, rival.count());
    requests.push(each(asked));
    units.push(each(cost));
    received.push(each(downloads));
  }
  return [
    [`${rival.name}: requests`, ...requests],
    ['… quota units of Drive', ...units],
    ['… downloads among them', ...received],
  ];
}

interface Ours {
  folder: string;
  source: string;
  cli: string;
}

function oursSteps(
  name: string,
  repo: string,
  { folder, source, cli }: Ours,
  more: Record<string, string>,
  /** File with what opens a storage that tells checksums; null for one that does not and takes it from `more`. */
  opening: string | null,
) {
  const own = path.join(folder, name);
  mkdirSync(own, { recursive: true });
  const key = path.join(own, 'key');
  const env = { ...process.env, ...more, HOLDFAST_HOME: own };
  const withKey = ['--key-file', key];
  const place = ['--repo', repo, ...(opening === null ? [] : ['--credentials', opening])];
  const holdfast = async (...args: string[]): Promise<string> => {
    const options = { env, cwd: own, maxBuffer: 1e8 };
    return (await run(process.execPath, [cli, ...args, ...place], options)).stdout;
  };
  const backup = async (): Promise<void> => void (await holdfast('backup', source, ...withKey));
  return [
    {
      title: 'backup',
      work: async () => {
        await holdfast('init', ...withKey);
        await backup();
      },
    },
    { title: 'nothing changed', work: backup },
    {
      title: 'restore',
      work: async () => {
        const { snapshots } = JSON.parse(await holdfast('snapshots', '--json', ...withKey)) as {
          snapshots: { id: string }[];
        };
        await holdfast('restore', snapshots[0]?.id ?? '', '--target', path.join(own, 'back'), ...withKey);
      },
    },
    {
      title: 'check of all',
      work: async () => {
        // Where the storage tells no checksums, every byte has to come.
        if (opening !== null) await holdfast('scrub');
        else await holdfast('verify', '--level', '3', ...withKey);
      },
    },
  ];
}

async function onDrive(google: FakeGoogle, ours: Ours): Promise<Rival> {
  google.addAccount(ACCOUNT);
  const credentials = google.signedIn(ACCOUNT);
  const endpoints = endpointsAt(google.origin);
  const place = await makeFolder(credentials, ACCOUNT, 'Holdfast', null, { endpoints });
  const own = path.join(ours.folder, 'drive');
  mkdirSync(own);
  const known = { version: 1, destinations: [{ id: 'bench', name: 'drive', place }] };
  writeFileSync(path.join(own, 'cli-destinations.json'), JSON.stringify(known));
  const opening = path.join(own, 'credentials.json');
  writeFileSync(opening, JSON.stringify(credentials), { mode: 0o600 });
  return {
    name: 'Holdfast on Drive',
    steps: oursSteps(
      'drive',
      '@drive',
      ours,
      {
        HOLDFAST_GOOGLE_ENDPOINT: google.origin,
      },
      opening,
    ),
    count: () => {
      const { 'files.download': downloads = 0, ...rest } = google.count();
      const others = Object.values(rest).reduce((sum, count) => sum + count, 0);
      return { requests: downloads + others, units: google.units(), downloads };
    },
  };
}

const environmentOf = (s3: FakeS3): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: s3.keys.accessKeyId,
  AWS_SECRET_ACCESS_KEY: s3.keys.secretAccessKey,
  AWS_DEFAULT_REGION: s3.region,
});

/** Requests of S3, at the prices that the like ones have on Drive. */
function countS3(s3: FakeS3): Counted {
  let units = 0;
  for (const { operation } of s3.seen) units += DRIVE_UNITS[operation] ?? 0;
  return { requests: s3.seen.length, units, downloads: s3.count('GetObject') };
}

function onS3(s3: FakeS3, ours: Ours): Rival {
  const repo = `s3:${s3.endpoint}/${s3.bucket}/holdfast?region=${s3.region}`;
  return {
    name: 'Holdfast on S3',
    steps: oursSteps('s3', repo, ours, environmentOf(s3), null),
    count: () => countS3(s3),
  };
}

function resticOnS3(s3: FakeS3, { folder, source }: Omit<Ours, 'cli'>): Rival {
  const env = {
    ...process.env,
    ...environmentOf(s3),
    RESTIC_REPOSITORY: `s3:${s3.endpoint}/${s3.bucket}/restic`,
    RESTIC_PASSWORD: 'bench',
    RESTIC_CACHE_DIR: path.join(folder, 'restic-cache'),
  };
  const restic = async (...args: string[]): Promise<void> => {
    await run('restic', ['-q', ...args], { env, maxBuffer: 1e8 });
  };
  return {
    name: 'restic on S3',
    steps: [
      {
        title: 'backup',
        work: async () => {
          await restic('init');
          await restic('backup', source);
        },
      },
      { title: 'nothing changed', work: async () => await restic('backup', source) },
      { title: 'restore', work: async () => await restic('restore', 'latest', '--target', path.join(folder, 'back')) },
      { title: 'check of all', work: async () => await restic('check', '--read-data') },
    ],
    count: () => countS3(s3),
  };
}

/** A plain encrypted mirror, without versions or deduplication: what copying alone costs. */
function rcloneOnS3(s3: FakeS3, { folder, source }: Omit<Ours, 'cli'>): Rival {
  const env = {
    ...process.env,
    RCLONE_CONFIG: path.join(folder, 'rclone.conf'),
    // rclone's client cannot take one, and gives up.
    AWS_CA_BUNDLE: undefined,
    RCLONE_CONFIG_STORE_TYPE: 's3',
    RCLONE_CONFIG_STORE_PROVIDER: 'Other',
    RCLONE_CONFIG_STORE_ENDPOINT: s3.endpoint,
    RCLONE_CONFIG_STORE_REGION: s3.region,
    RCLONE_CONFIG_STORE_ACCESS_KEY_ID: s3.keys.accessKeyId,
    RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: s3.keys.secretAccessKey,
    RCLONE_CONFIG_STORE_NO_CHECK_BUCKET: 'true',
    RCLONE_CONFIG_STORE_LIST_VERSION: '2',
    RCLONE_CONFIG_SAFE_TYPE: 'crypt',
    RCLONE_CONFIG_SAFE_REMOTE: `store:${s3.bucket}/rclone`,
  };
  const rclone = async (...args: string[]): Promise<string> => {
    return (await run('rclone', args, { env, maxBuffer: 1e8 })).stdout;
  };
  let ready: Promise<void> | null = null;
  /** rclone keeps passwords of its configuration in a form of its own. */
  const prepare = async (): Promise<void> => {
    const [password, salt] = [await rclone('obscure', 'bench'), await rclone('obscure', 'a salt')];
    Object.assign(env, { RCLONE_CONFIG_SAFE_PASSWORD: password.trim(), RCLONE_CONFIG_SAFE_PASSWORD2: salt.trim() });
  };
  const step = (title: string, ...args: string[]) => ({
    title,
    work: async (): Promise<void> => {
      await (ready ??= prepare());
      await rclone(...args);
    },
  });
  return {
    name: 'rclone crypt on S3',
    steps: [
      step('backup', 'sync', source, 'safe:'),
      step('nothing changed', 'sync', source, 'safe:'),
      step('restore', 'copy', 'safe:', path.join(folder, 'rclone-back')),
      step('check of all', 'check', '--download', source, 'safe:'),
    ],
    count: () => countS3(s3),
  };
}
