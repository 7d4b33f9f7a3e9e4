/**
 * `npm run bench -- --destination`: how fast finished packs go to a Drive that answers after 20 ms and takes 3 new files a
 * second, by the same publisher, retries and adapter as a backup's; beside what pack size and rate allow, or the line,
 * which is what the same server takes from a program that only sends.
 */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { endpointsAt } from '../../../main/destinations/google-drive/endpoints.ts';
import { makeFolder } from '../../../main/destinations/google-drive/folders.ts';
import { openDestination } from '../../../main/destinations/open.ts';
import type { DestinationSpec, GoogleDrivePlace } from '../../../main/destinations/spec.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { create } from '../../../main/engine/create.ts';
import { enrol } from '../../../main/engine/enrol.ts';
import { decodeCapability } from '../../../main/engine/format/capability.ts';
import { Publisher } from '../../../main/engine/pipeline/publisher.ts';
import { markdownTable } from '../table.ts';

const MIB = 2 ** 20;
/** New files a second that the server takes, however long it goes on; and how many at once after a quiet time. */
const CREATES = 3;
const BURST = 10;
/** As a backup has them on their way at a time. */
const AT_ONCE = 4;
const HELP = `npm run bench -- --destination [--packs 8:60,64:8]

  --packs L   MiB of a pack and how many of them, a list (default 8:60,64:8)
`;

type Credentials = Extract<NonNullable<DestinationSpec['credentials']>, { kind: 'google-drive' }>;

interface Server {
  origin: string;
  credentials: Credentials;
  end: () => void;
}

export async function main(argv: string[], _root: string, serverScript: string): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      destination: { type: 'boolean' },
      packs: { type: 'string', default: '8:60,64:8' },
      help: { type: 'boolean', default: false },
    },
  });
  const loads = values.packs.split(',').map((load) => load.split(':').map(Number));
  if (values.help || loads.flat().some((value) => !Number.isSafeInteger(value) || value < 1)) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  const load = os.loadavg()[0] ?? 0;
  const rows = [['pack', 'packs', 'MiB/s', 'allowed', 'of it', 'allowed by']];
  for (const [mib = 0, count = 0] of loads) rows.push(await measured(mib, count, serverScript));
  process.stdout.write(
    `${markdownTable(rows)}\n\nLoad before: ${load.toFixed(2)} on ${os.cpus().length} processors.\n`,
  );
  return 0;
}

async function measured(mib: number, count: number, serverScript: string): Promise<string[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-bench-destination-'));
  // One each: what one run has used of the rate must not slow the next one down.
  const [ours, bare] = [await serve(serverScript), await serve(serverScript)];
  try {
    const files = makeFiles(folder, mib, count);
    const line = await sendBare(bare, files, mib);
    const seconds = await publish(ours, folder, files, mib);
    const byRate = mib * CREATES;
    const allowed = Math.min(byRate, line);
    const rate = (mib * count) / seconds;
    return [
      `${mib} MiB`,
      String(count),
      rate.toFixed(1),
      allowed.toFixed(1),
      `${Math.round((100 * rate) / allowed)} %`,
      byRate < line ? `${CREATES} creates a second` : 'the line',
    ];
  } finally {
    ours.end();
    bare.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function serve(script: string): Promise<Server> {
  const child = spawn(process.execPath, [script, 'serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { ...(JSON.parse(String(said)) as Omit<Server, 'end'>), end: () => void child.stdin.end() };
}

interface File {
  path: string;
  hash: Buffer;
}

function makeFiles(folder: string, mib: number, count: number): File[] {
  mkdirSync(path.join(folder, 'packs'));
  return Array.from({ length: count }, (_, number) => {
    const bytes = randomBytes(mib * MIB);
    const file = path.join(folder, 'packs', String(number));
    writeFileSync(file, bytes);
    return { path: file, hash: createHash('sha256').update(bytes).digest() };
  });
}

/** Seconds from the first pack to the end of the last one. */
async function publish(server: Server, folder: string, files: File[], mib: number): Promise<number> {
  process.env['HOLDFAST_GOOGLE_ENDPOINT'] = server.origin;
  const { credentials } = server;
  const endpoints = endpointsAt(server.origin);
  const place: GoogleDrivePlace = await makeFolder(credentials, 'bench@example.com', 'Holdfast', null, { endpoints });
  const spec: DestinationSpec = { ...place, credentials, scratch: path.join(folder, 'scratch') };
  const rootKey = new Uint8Array(randomBytes(32));
  await create({ destination: spec, rootKey: new Uint8Array(rootKey) });
  const { capability } = await enrol({ destination: spec, rootKey });
  const destination = await openDestination(spec);
  try {
    const publisher = new Publisher(destination, decodeCapability(capability), new RunControl());
    const started = performance.now();
    for (const [ordinal, { path: file, hash }] of files.entries()) {
      await publisher.drain();
      const facts = { name: new Uint8Array(hash), room: 'p' as const, size: mib * MIB };
      publisher.add({ ...facts, ordinal, path: file, header: new Uint8Array(64), table: new Uint8Array(64) });
    }
    await publisher.drain();
    await publisher.finish();
    return (performance.now() - started) / 1000;
  } finally {
    await destination.close();
  }
}

/** MiB a second of the same bytes from memory in sessions of one piece, as many at a time; creates are not waited for. */
async function sendBare(server: Server, files: File[], mib: number): Promise<number> {
  const { refreshToken, clientId, clientSecret } = server.credentials;
  const endpoints = endpointsAt(server.origin);
  const form = {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: clientId,
    client_secret: clientSecret,
  };
  const answer = await fetch(endpoints.token, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${token}` };
  const bytes = randomBytes(mib * MIB);
  // As many as the server takes at once.
  const sent = Math.min(files.length, BURST - 2);
  let next = 0;
  const started = performance.now();
  const worker = async (): Promise<void> => {
    while (next < sent) {
      next += 1;
      const begun = await fetch(`${endpoints.api}upload/drive/v3/files?uploadType=resumable&fields=id`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'x-upload-content-length': String(bytes.length) },
        body: JSON.stringify({ name: `bare ${next}` }),
      });
      const session = begun.headers.get('location') ?? '';
      const range = `bytes 0-${bytes.length - 1}/${bytes.length}`;
      const put = await fetch(session, { method: 'PUT', headers: { ...headers, 'content-range': range }, body: bytes });
      if (!put.ok) throw new Error(`the server answered ${put.status}`);
      await put.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return (mib * sent) / ((performance.now() - started) / 1000);
}
