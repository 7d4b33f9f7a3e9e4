/**
 * Stands in for Electron's own default app in the development runtime: loads the folder or file named on the command
 * line, after the modules given with -r. Electron holds its `ready` event back until this module has loaded, and with
 * it the app.
 */
import { app } from 'electron';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const PRELOAD_OPTIONS = new Set(['-r', '--require']);
const args = process.argv.slice(1);
const preload = [];
let target = null;
for (let i = 0; i < args.length && target === null; i++) {
  if (PRELOAD_OPTIONS.has(args[i])) preload.push(args[++i]);
  else if (args[i].startsWith('--require=')) preload.push(args[i].slice('--require='.length));
  else if (!args[i].startsWith('-')) target = path.resolve(args[i]);
}

if (target === null || !existsSync(target)) {
  console.error('usage: electron [-r module] FOLDER [arguments]');
  app.exit(2);
} else {
  const require = createRequire(path.join(process.cwd(), 'package.json'));
  for (const module of preload) require(module);
  Object.defineProperty(process, 'defaultApp', { configurable: false, enumerable: true, value: true });

  let main = target;
  if (statSync(target).isDirectory()) {
    const description = JSON.parse(readFileSync(path.join(target, 'package.json'), 'utf8'));
    if (description.version) app.setVersion(description.version);
    app.name = description.productName ?? description.name ?? app.name;
    app.setDesktopName(description.desktopName ?? `${app.name}.desktop`);
    app.setAppPath(target);
    main = path.join(target, description.main ?? 'index.js');
  } else {
    app.setAppPath(path.dirname(target));
  }
  try {
    await import(pathToFileURL(main).href);
  } catch (error) {
    console.error('The app threw an error while it was loading.');
    console.error(error);
    app.exit(1);
  }
}
