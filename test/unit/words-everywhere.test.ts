/**
 * No sentence of the app stays English in every language: none stands in the source where no catalog finds it, and what
 * reaches the window from below is said, in a made-up language whose catalog has every message of the source with
 * strange letters. A letter of English that is left there is one that no catalog translates; names are Greek, and stay.
 */
import { compileMessage } from '@lingui/message-utils/compileMessage';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { textExtractor } from '../../build/i18n/texts.mjs';
import { titleWords } from '../../main/app/faults/report.ts';
import { waitText } from '../../main/engine/wait-words.ts';
import { damaged, folderOfComputer, newerFormat } from '../../main/engine/format/damage.ts';
import { withoutWords, words as refusalWords } from '../../main/engine/pipeline/give-back.ts';
import { toSkipped } from '../../main/engine/pipeline/skip-words.ts';
import { happened, type HoldfastError, inDetail, saidAs } from '../../main/errors.ts';
import { errorInfo } from '../../main/ipc/dispatch.ts';
import { runDetail } from '../../main/ipc/shapes.ts';
import { webhookMessage } from '../../main/jobs/alarms/message.ts';
import { ActivityLog, newRunRecord, type RunRecord } from '../../main/jobs/activity.ts';
import { placeSentence } from '../../main/jobs/care/retention-words.ts';
import { sayLook } from '../../main/jobs/look-words.ts';
import { heldBack } from '../../main/jobs/schedule/conditions.ts';
import { kitPlaceWarning } from '../../main/keys/kit-place.ts';
import { repairNotice } from '../../main/keys/parse-digits.ts';
import { keyTypo } from '../../main/keys/row-checks.ts';
import { refusalOf, VaultProblem } from '../../main/keys/vault/failures.ts';
import { kindOf } from '../../main/preview/kind.ts';
import { text, told } from '../../main/text.ts';
import { say, speak } from '../../main/words/say.ts';
import { PROBLEM_TYPE, PROBLEMS } from '../../vault/protocol/problem.ts';

const root = path.join(import.meta.dirname, '..', '..');

/** What only the command line says, what only maintainers read, and what stands in files: these stay English. */
const ENGLISH = [
  'main/cli/',
  'main/engine/mount/',
  'main/engine/repair',
  'main/engine/scrub.ts',
  'main/engine/format/repo-file.ts',
  'main/app/faults/',
  'main/jobs/transfer/file.ts',
  'main/keys/kit-fonts.ts',
];

/** Sentences that are compared with, or replaced before anybody reads them. */
const NEVER_SAID = [
  'main/engine/copy-objects.ts: The spool failed.',
  'main/destinations/google-drive/drive-errors.ts: User rate limit exceeded.',
  'main/jobs/schedule/when.ts: The two times must differ.',
];

function filesOf(room: string): string[] {
  return readdirSync(path.join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.d)\.tsx?$/.test(name))
    .map((name) => `${room}/${name.split(path.sep).join('/')}`);
}

/** What the app says, read once: the sources of the main process, and what the catalogs list of them by its id. */
function extracted(): { sources: (readonly [file: string, code: string])[]; messages: Map<string, string> } {
  const messages = new Map<string, string>();
  const sources = filesOf('main')
    .filter((file) => !ENGLISH.some((start) => file.startsWith(start)) || file.startsWith('main/app/faults/'))
    .map((file) => [file, readFileSync(path.join(root, file), 'utf8')] as const);
  for (const [file, code] of sources) {
    textExtractor.extract(path.join(root, file), code, ({ id, message = '' }) => void messages.set(id, message));
  }
  return { sources: sources.filter(([file]) => !file.startsWith('main/app/faults/')), messages };
}

const found = extracted();

/** Words of a literal or between tags, with `{}` for what is put into a template; null for any other node. */
function wordsOf(node: ts.Node): string | null {
  if (ts.isStringLiteralLike(node) || ts.isJsxText(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(({ literal }) => `{}${literal.text}`).join('');
  }
  return null;
}

/** Three words and more, begun as a sentence and ended as one. */
const isSentence = (words: string): boolean => /^\p{Lu}[^]*\p{L} \p{L}[^]* \p{L}[^]*[.!?…]$/u.test(words.trim());

/** Errors that say which assumption of the program was wrong; people see the sentence of `internal` instead. */
const isFault = (node: ts.Node): boolean =>
  ts.isNewExpression(node) && /^(?:Type|Range|Protocol)?Error$/.test(node.expression.getText());

/** Calls `found` for each literal of a file that is not inside of something that `skips`. */
function look(
  file: string,
  code: string,
  skips: (node: ts.Node) => boolean,
  found: (node: ts.Node, words: string) => void,
): void {
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node) || isFault(node) || skips(node)) return;
    const words = wordsOf(node);
    if (words !== null) found(node, words);
    ts.forEachChild(node, visit);
  };
  visit(source);
}

const at = (file: string, node: ts.Node, words: string): string =>
  `${file}:${node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${words.trim()}`;

test('of the main process', () => {
  const texts = new Set(found.messages.values());
  // A long sentence may be written in pieces.
  const all = [...texts].join('\n');
  const isText = (node: ts.Node): boolean => ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'text';
  const lost: string[] = [];
  for (const [file, code] of found.sources) {
    look(file, code, isText, (node, words) => {
      const escaped = words.replace(/[{}]+/g, "'$&'");
      if (isSentence(words) && !texts.has(escaped) && !all.includes(escaped)) lost.push(at(file, node, words));
    });
  }
  expect(texts.size).toBeGreaterThan(1000);
  expect(lost.map((line) => line.replace(/:\d+:/, ':'))).toEqual(NEVER_SAID);
});

const MACROS = new Set(['t', 'plural', 'select', 'Trans', 'Plural', 'Select']);

function isMacro(node: ts.Node): boolean {
  const name = ts.isCallExpression(node)
    ? node.expression
    : ts.isTaggedTemplateExpression(node)
      ? node.tag
      : ts.isJsxElement(node)
        ? node.openingElement.tagName
        : ts.isJsxSelfClosingElement(node)
          ? node.tagName
          : null;
  return name !== null && MACROS.has(name.getText());
}

/** Attributes whose values are shown or spoken. */
const SHOWN = /^(?:aria-label|aria-description|alt|title|line|label|placeholder|word|words)$/;

test('of the window', () => {
  const lost: string[] = [];
  const files = filesOf('renderer');
  for (const file of files) {
    const code = readFileSync(path.join(root, file), 'utf8');
    look(file, code, isMacro, (node, words) => {
      if (ts.isJsxText(node)) {
        if (/\p{L}{2}/u.test(words)) lost.push(at(file, node, words));
        return;
      }
      const holder = ts.isJsxExpression(node.parent) ? node.parent.parent : node.parent;
      const named = ts.isJsxAttribute(holder) || ts.isPropertyAssignment(holder) ? holder.name.getText() : '';
      // Names of services, addresses and examples of what may be typed are the same everywhere.
      const isShown = SHOWN.test(named) && /^(?=.*\p{Ll}{2})\p{L}[\p{L}’ ]*[…?!]?$/u.test(words);
      if (isShown || isSentence(words)) lost.push(at(file, node, words));
    });
  }
  expect(files.length).toBeGreaterThan(150);
  expect(lost).toEqual([]);
});

const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-words-'));
afterAll(() => rmSync(folder, { recursive: true }));

const strange = (words: string): string => words.replace(/[A-Za-z]/g, (letter) => (letter < 'a' ? 'Ж' : 'ж'));

type Token = string | unknown[];
/** Letters of a compiled message, also in the forms of its counts. */
function made(token: Token): Token {
  if (typeof token === 'string') return strange(token);
  const [name, kind, forms, ...rest] = token;
  if (kind === undefined) return token;
  const changed = Object.fromEntries(
    Object.entries(forms as Record<string, Token[] | string>).map(([form, parts]) => [
      form,
      typeof parts === 'string' ? strange(parts) : Array.isArray(parts) ? parts.map(made) : parts,
    ]),
  );
  return [name, kind, changed, ...rest];
}

vi.mock('../../locales/de/main.po', async () => await Promise.resolve({ messages: catalog() }));

function catalog(): Record<string, unknown> {
  return Object.fromEntries(
    [...found.messages].map(([id, message]) => {
      const compiled = compileMessage(message) as string | Token[];
      return [id, typeof compiled === 'string' ? [strange(compiled)] : compiled.map(made)];
    }),
  );
}

beforeAll(async () => {
  await speak('de');
  expect(say('Your backup is locked.')).toBe('Жжжж жжжжжж жж жжжжжж.');
});

/** What of a sentence is still English; sizes, units and months are the system's. */
const left = (said: string): string[] =>
  said.replace(/\d (?:Byte|kB|MB|GB|Sek\.)|Januar|\bund\b/g, '').match(/[A-Za-z]{2,}/g) ?? [];

const english = (all: readonly string[]): string[] => all.filter((said) => left(said).length > 0);
const ofError = (error: HoldfastError): string[] => [errorInfo(error).message, errorInfo(error).guidance];

test('a run with everything that can stand in it', async () => {
  const pruned = { removedBytes: 3_000_000, waitingBytes: 9, lockedBytes: 10, nextMs: 0 };
  const output = pruned as NonNullable<Parameters<typeof placeSentence>[0]['output']>;
  const damage = damaged(folderOfComputer('Ω'), 'Ω');
  const place = { plan: 'Ω', id: 'Ω', name: 'Ω', kept: 1, output, error: null };
  const missing = [1, 2, 3, 4, 5, 6, 7].map((n) =>
    n === 1
      ? text`${'Ω'} (${refusalWords({ why: 'denied', detail: '' })})`
      : refusalWords({ why: 'failed', detail: 'Ω' }),
  );
  const words = [
    waitText('sftp', 'Ω', 'destination-offline', 12_000),
    waitText('s3', 'Ω', 'destination-busy', 300_000),
    waitText('webdav', 'Ω', 'destination-failed', 1_000),
    waitText('synced', 'Ω', 'destination-busy', 1_000),
    placeSentence({ ...place, gone: ['1'] }),
    placeSentence({ ...place, gone: [], output: null, error: damage.toInfo() }),
    placeSentence({ ...place, gone: ['1', '2'], output: null, error: newerFormat('A pack').toInfo() }),
    text`${happened(damage)} It is not copied from.`,
    inDetail(damage),
  ];
  const reasons = [
    'denied',
    'vanished',
    'changed',
    'io-error',
    'attributes',
    'unsupported',
    'destination-inside',
  ] as const;
  const record: RunRecord = {
    ...newRunRecord('a-1', 'backup', 0, 'Ω'),
    endedAt: 1,
    error: damage.toInfo(),
    phases: (['scan', 'compare', 'upload', 'finish', 'copy', 'verify', 'restore'] as const).map((phase) => ({
      phase,
      ms: 1200,
      files: 1,
      bytes: 2,
    })),
    skippedCount: 99,
    skipped: [
      ...reasons.map((reason) => toSkipped({ path: '/1' as never, reason, detail: 'Ω' })),
      { path: 'Ω', reason: 'attributes', ...withoutWords(missing) },
      { path: 'Ω', reason: 'io-error', ...saidAs(damage.said?.message ?? '', damage.guidance) },
    ],
    messages: words.map((one, at) => ({ at, level: 'warning', ...told(one) })),
  };
  // As it is kept on disk and read again.
  await (await ActivityLog.open(folder, 0)).save(record);
  const kept = (await ActivityLog.open(folder, 0)).get('a-1');
  const shown = runDetail(kept ?? record);
  expect(shown.messages.length).toBe(words.length);
  expect(english(shown.messages.map((message) => message.text))).toEqual([]);
  expect(english(shown.skipped.flatMap(({ message, guidance }) => [message, guidance]))).toEqual([]);
  expect(english([shown.error?.message ?? '', shown.error?.guidance ?? ''])).toEqual([]);
  const lines = shown.text.split('\n').map((line) => line.replace(/^Holdfast: |object-damaged|T00:00:00\.\d+Z/g, ''));
  expect(english(lines)).toEqual([]);
});

test('what is told of keys, vaults, places and faults', () => {
  const problem = (code: string): VaultProblem =>
    new VaultProblem({ type: PROBLEM_TYPE + code, title: '', status: 400 });
  expect(english(Object.keys(PROBLEMS).flatMap((code) => ofError(refusalOf(problem(code)))))).toEqual([]);
  const repair = { row: 'A', from: 'O', to: '0' } as const;
  const health = { state: 'protected', cause: 'fine', word: 'Ω', title: 'Ω', line: 'Ω' } as const;
  const webhook = { nowMs: 0, computer: 'Ω', health, lastBackupMs: null };
  const conditions = {
    power: { kind: 'above', percent: 40 },
    onMetered: false,
    wifi: { kind: 'only', names: ['Ω', 'Ψ'] },
    quiet: { from: 0, to: 1439 },
  } as const;
  const now = { onBattery: true, batteryPercent: 1, metered: true, wifi: 'Σ' };
  const held = [
    heldBack({ ...conditions, wifi: { ...conditions.wifi, names: ['Ω', 'Ψ'] } }, now, { network: true, nowMs: 0 }),
    heldBack({ ...conditions, wifi: { ...conditions.wifi, names: ['Ω', 'Ψ'] }, quiet: null }, now, {
      network: true,
      nowMs: 0,
    }),
  ];
  const all = [
    ...ofError(keyTypo(['A', 'B', 'D'])),
    say(repairNotice([repair, { ...repair, from: 'I', to: '1' }]) ?? ''),
    say(kitPlaceWarning('/μ/cloudstorage/δ', ['/μ'], ['/μ'], { platform: 'darwin' }) ?? ''),
    webhookMessage({ ...webhook, event: 'test' }).text,
    webhookMessage({ ...webhook, event: 'problem' }).text,
    ...held.map((one) => one?.line ?? ''),
    ...[
      'Holdfast ended without a word',
      'A process ended: Ω',
      'Ω in the engine',
      'Ω in the window',
      'Ω in the program',
    ].map((line) => say(titleWords(line))),
  ];
  expect(all.length).toBe(13);
  expect(english(all)).toEqual([]);
});

test('what a preview is of', () => {
  const beginnings = [
    '\x89PNG\r\n\x1a\n',
    '\xff\xd8\xff',
    'GIF89a',
    'ID3',
    'fLaC',
    '\x1a\x45\xdf\xa3',
    '%PDF-',
    'II*\0',
  ];
  beginnings.push(
    '8BPS',
    'PK\x03\x04',
    '\x1f\x8b',
    'BZh',
    'Rar!\x1a\x07',
    'MZ',
    'SQLite format 3\0',
    'wOFF',
    '\x7fELF',
  );
  const kinds = beginnings.map((head) => kindOf(new Uint8Array(Buffer.from(head, 'latin1'))));
  expect(kinds).not.toContain(null);
  const said = kinds.flatMap((kind) => {
    const why = kind?.is === 'other' ? kind.why : null;
    const look = sayLook({ kind: 'bytes', what: kind?.what ?? '', why, rows: [] });
    return look.kind === 'bytes' ? [look.what, look.why ?? ''] : [];
  });
  expect(english(said)).toEqual([]);
});
