/** What of Electron's checklist can be seen in the code alone: that no second way round a gate was made. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every source file of the program, by its path from the checkout. */
const sources = ['main', 'preload', 'renderer'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') })),
);

/** The files that a pattern is found in. */
function holding(pattern: RegExp): string[] {
  return sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file);
}

describe('the gates of the app', () => {
  it('hands addresses to the system in one place only', () => {
    expect(holding(/\bshell\b[^;]*\.\s*(openExternal|openPath)\b/)).toEqual(['main/app/external.ts']);
    expect(holding(/\.(openExternal|openPath)\(/)).toEqual(['main/app/external.ts']);
  });

  it('listens to pages in one place only', () => {
    expect(holding(/\bipcMain\s*\.|\.ipc\s*\.\s*(on|handle|once)\(/)).toEqual(['main/ipc/register.ts']);
  });

  it('makes every window with the guarded preferences', () => {
    const makers = sources.filter(({ text }) =>
      /new (BrowserWindow|WebContentsView|BaseWindow|BrowserView)\(/.test(text),
    );
    expect(makers.map(({ file }) => file).sort()).toEqual(['main/app/print-kit.ts', 'main/app/window.ts']);
    for (const { file, text } of makers) {
      const made = text.match(/new (BrowserWindow|WebContentsView|BaseWindow|BrowserView)\(/g) ?? [];
      expect(text.match(/webPreferences: \{ \.\.\.WEB_PREFERENCES,/g), file).toHaveLength(made.length);
    }
  });

  it('loads pages of its own schemes only', () => {
    const loads = sources.flatMap(({ file, text }) =>
      [...text.matchAll(/\.load(URL|File)\((?<what>[^)]*)\)/g)].map(
        ({ groups }) => `${file} ${groups?.['what'] ?? ''}`,
      ),
    );
    expect(loads).toEqual([
      'main/app/print-kit.ts ADDRESS',
      'main/app/window.ts `${APP_ORIGIN}/index.html?language=${language}`',
    ]);
    // Scrubbing a report takes such an address for a module's name.
    expect(holding(/['"`]file:\/\//)).toEqual(['main/app/faults/scrub.ts']);
  });

  it('turns on no switch and no feature of Blink', () => {
    expect(holding(/enableBlinkFeatures|appendSwitch\(|allowpopups/)).toEqual([]);
  });
});
