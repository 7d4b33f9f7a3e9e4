/** The kit as a page for the printer, made in memory. Pure: from the kit's content to HTML. */
import { keyGroups, keyQrText, ROW_GROUPS, ROWS, toHex } from '../keys/digits.ts';
import { kept, type KitContent } from '../keys/kit-content.ts';
import { directionOf } from '../words/languages.ts';
import { locale, say, spoken } from '../words/say.ts';
import { type QrMatrix, qrMatrix } from '../keys/qr.ts';
import { rowChecks } from '../keys/row-checks.ts';

/** Nothing may be loaded and nothing may run; the style is named by its hash in the page's own policy. */
export const PRINT_STYLE = `
@page { size: A4; margin: 20mm; }
* { box-sizing: border-box; }
body { margin: 0; font: 11pt/1.5 Inter, "Liberation Sans", Arial, sans-serif; color: #19211e; background: #fff; }
h1 { font-size: 18pt; font-weight: 600; margin: 0 0 6mm; padding-bottom: 4mm; border-bottom: 0.4mm solid #d5d2c9; }
h2 { font-size: 12pt; font-weight: 600; margin: 7mm 0 1mm; }
.top { display: flex; justify-content: space-between; gap: 10mm; }
dl { margin: 0; }
dt { font-size: 8.5pt; color: #656e6a; }
dd { margin: 0 0 3mm; font-weight: 600; overflow-wrap: anywhere; }
[dir='rtl'] dd { unicode-bidi: plaintext; text-align: right; }
[dir='rtl'] dd.list { unicode-bidi: normal; }
svg { flex: none; width: 52mm; height: 52mm; }
table { direction: ltr; width: 100%; margin: 7mm 0 2mm; border: 0.4mm solid #d5d2c9; border-collapse: separate; border-radius: 2mm; }
th, td { padding: 2.5mm 1mm; text-align: center; font-variant-numeric: tabular-nums; }
th, .check { font-weight: 400; color: #4c5652; }
.group { font: 600 19pt/1.2 "Liberation Mono", Menlo, Consolas, monospace; }
ol, p { margin: 0; }
ol { padding-inline-start: 6mm; }
code { direction: ltr; unicode-bidi: isolate; font: 9pt "Liberation Mono", Menlo, Consolas, monospace; }
.small { font-size: 9pt; color: #4c5652; }
`;

/**
 * The page. Whoever sees it can open the backup.
 * @throws HoldfastError `locked` once the key is wiped
 */
export function kitPrintPage(content: KitContent): string {
  const { key, repoId, computerName, destinations, made } = content;
  const groups = keyGroups(key);
  const checks = rowChecks(repoId, key);
  const rows = ROWS.map((row, r) => {
    const cells = groups.slice(r * ROW_GROUPS, (r + 1) * ROW_GROUPS).map((group) => `<td class="group">${group}</td>`);
    return `<tr><th>${row}</th>${cells.join('')}<td class="check">${checks[r] ?? ''}</td></tr>`;
  });
  const date = new Intl.DateTimeFormat(locale(), { dateStyle: 'long' }).format(made);
  const facts: [name: string, fact: string, style?: 'list'][] = [
    [say('Opens the backup of'), computerName],
    [say('Kept in'), say(kept(destinations)), 'list'],
    [say('Made'), date],
    [say('Backup number'), (toHex(repoId).match(/.{8}/g) ?? []).join(' ')],
  ];
  return `<!doctype html>
<html lang="${spoken()}" dir="${directionOf(spoken())}">
<meta charset="utf-8">
<title>${say('Holdfast recovery kit')}</title>
<style>${PRINT_STYLE}</style>
<h1>${say('Holdfast recovery kit')}</h1>
<div class="top"><dl>${facts.map(([name, fact, style = '']) => `<dt>${name}</dt><dd class="${style}">${escapeHtml(fact)}</dd>`).join('')}</dl>
${qrSvg(qrMatrix(keyQrText(key, repoId)))}</div>
<table>${rows.join('')}</table>
<p class="small">${say('Digits 0 to 9 and letters A to F. The two letters at the end of a row only check it: they are not part of the key.')}</p>
<h2>${say('To get your files back')}</h2>
<ol><li>${say('Install Holdfast on any computer.')}</li>
<li>${say('Choose “Restore an existing backup” and connect to the place named above.')}</li>
<li>${say('Scan the square, or type the rows A to D.')}</li></ol>
<h2>${say('Without Holdfast')}</h2>
<p>${say('The small program restore.mjs comes with Holdfast. It needs only Node.js 20 or newer. Write the 64 digits into a text file KEY.txt, and run:')}<br>
<code>node restore.mjs --repo BACKUP-FOLDER --key-file KEY.txt --target NEW-FOLDER</code></p>
<h2>${say('Keep it safe')}</h2>
<p>${say('Whoever has this page can open the backup; if it is lost, nobody can print it for you again. Keep two copies, in two places, away from the computer.')}</p>
</html>`;
}

function qrSvg({ size, modules }: QrMatrix): string {
  const quiet = 4;
  const squares = modules.flatMap((dark, i) =>
    dark ? [`M${(i % size) + quiet} ${Math.floor(i / size) + quiet}h1v1h-1z`] : [],
  );
  const side = size + 2 * quiet;
  return `<svg viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges"><path d="${squares.join('')}"/></svg>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
