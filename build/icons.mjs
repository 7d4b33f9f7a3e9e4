#!/usr/bin/env node
/**
 * Makes every icon from build/icons/sources. What it makes is kept in the repository, because it takes Electron and a
 * display to draw; a test compares sources and outputs with the hashes in build/icons/made.json.
 *
 *   node build/icons.mjs
 */
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { icns, ico } from './icons/containers.mjs';
import { readRuntime } from './runtime.mjs';
import { Stop, fileHash, main, root, run, say, writeJson } from './tools.mjs';
import { startXvfb } from './xvfb.mjs';

const folder = path.join(root, 'build', 'icons');
const sources = path.join(folder, 'sources');

/** Of the app, for Linux one file each. */
const APP_SIZES = [16, 24, 32, 48, 64, 128, 256, 512, 1024];
const ICO_SIZES = [16, 20, 24, 32, 40, 48, 64, 256];
const ICNS_SIZES = [16, 32, 64, 128, 256, 512, 1024];
/** Up to here the drawing for small sizes is clearer. */
const SMALL = 32;

/** 16, 22, 24 and 32 at one and two pixels a point. */
const TRAY_SIZES = [16, 22, 24, 32, 44, 48, 64];
/** In a menu bar of macOS, at one and two pixels a point; the system gives the colour. */
const TEMPLATE_SIZES = { 16: 'Template.png', 32: 'Template@2x.png' };
/** Each stands out from a light and from a dark panel by 3 to 1 at least. */
const TRAY_COLOURS = {
  protected: '#1f9179',
  locked: '#1f9179',
  running: '#1f9179',
  attention: '#b9770a',
  risk: '#d8453a',
  paused: '#77817d',
};

/** Draws all jobs in one Electron. */
async function rasterise(jobs) {
  const work = await mkdtemp(path.join(tmpdir(), 'holdfast-icons-'));
  const display = process.env.DISPLAY || process.platform !== 'linux' ? null : await startXvfb();
  try {
    const [input, output] = ['jobs.json', 'result.json'].map((name) => path.join(work, name));
    await writeFile(input, JSON.stringify(jobs));
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const args = [path.join(folder, 'rasterise.mjs'), ...asRoot, `--user-data-dir=${work}`, input, output];
    const env = { ...process.env, ...display?.env };
    const { code, output: said } = await run(readRuntime().executable, args, { env, quiet: true });
    if (code !== 0) throw new Stop(`Electron could not draw the icons (exit code ${code}): ${said.trim()}`);
    const drawn = JSON.parse(await readFile(output, 'utf8'));
    return drawn.map(({ png, rgba }) => ({ png: Buffer.from(png, 'base64'), rgba: Buffer.from(rgba, 'base64') }));
  } finally {
    await display?.end();
    await rm(work, { recursive: true, force: true });
  }
}

/** Every picture to draw: its SVG, its size, and what it is for. */
async function jobs() {
  const read = async (name) => await readFile(path.join(sources, `${name}.svg`), 'utf8');
  const [app, mac, small] = await Promise.all(['app', 'app-mac', 'app-small'].map(read));
  const list = [...new Set([...APP_SIZES, ...ICO_SIZES])].map((size) => {
    return { use: 'app', size, svg: size <= SMALL ? small : app };
  });
  for (const size of ICNS_SIZES) list.push({ use: 'mac', size, svg: size <= SMALL ? small : mac });
  for (const [state, colour] of Object.entries(TRAY_COLOURS)) {
    const svg = await read(`tray-${state}`);
    for (const size of TRAY_SIZES) list.push({ use: state, size, svg: svg.replace('#000', colour) });
    for (const size of Object.keys(TEMPLATE_SIZES)) list.push({ use: `${state}Template`, size: Number(size), svg });
  }
  return list;
}

/** What the pictures become, by file name relative to build/icons. */
function filesOf(pictures) {
  const of = (use) => pictures.filter((picture) => picture.use === use);
  const app = of('app');
  const files = new Map();
  for (const { size, png } of app) if (APP_SIZES.includes(size)) files.set(`app/${size}x${size}.png`, png);
  files.set('icon.ico', ico(app.filter(({ size }) => ICO_SIZES.includes(size)).sort((a, b) => a.size - b.size)));
  files.set('icon.icns', icns(of('mac')));
  for (const state of Object.keys(TRAY_COLOURS)) {
    for (const { size, png } of of(state)) files.set(`tray/${state}-${size}.png`, png);
    for (const { size, png } of of(`${state}Template`)) files.set(`tray/${state}${TEMPLATE_SIZES[size]}`, png);
  }
  return files;
}

/** Hashes of the files of a folder below build/icons, by name. */
async function hashes(names) {
  const sorted = [...names].sort();
  return Object.fromEntries(
    await Promise.all(sorted.map(async (name) => [name, await fileHash(path.join(folder, name))])),
  );
}

await main(async () => {
  const wanted = await jobs();
  const drawn = await rasterise(wanted.map(({ svg, size }) => ({ svg, size })));
  const files = filesOf(wanted.map((job, i) => ({ ...job, ...drawn[i] })));
  for (const name of ['app', 'tray']) await rm(path.join(folder, name), { recursive: true, force: true });
  for (const [name, data] of files) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), data);
  }
  const from = (await readdir(sources)).map((name) => `sources/${name}`);
  await writeJson(path.join(folder, 'made.json'), { from: await hashes(from), made: await hashes(files.keys()) });
  say(`made ${files.size} icon files in build/icons`);
});
