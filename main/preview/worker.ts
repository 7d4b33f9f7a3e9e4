/**
 * Entry of the process that looks into files of a backup: their bytes are a stranger's, so it has no keys and bounded
 * memory, is ended where it takes too long, and whatever ends it ends nothing else. Reads nothing but what the app gives
 * it, and the program that draws PDFs.
 */
import { readFile } from 'node:fs/promises';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import { type Conversation, daysOf, findIn } from '../messages/conversation.ts';
import type { Source } from '../messages/source.ts';
import { type FromProcess, MESSAGES_OF_ONE, type Question, type Questions, type ToProcess } from './api.ts';
import type { OpenArchive } from './archive.ts';
import { Attachments } from './attachments.ts';
import { look, type Looked } from './look.ts';
import type { OpenPdf } from './pdf.ts';
import { textPage } from './text.ts';

const port = process.parentPort;
if (port === undefined) throw new Error('worker.ts runs in a process of Electron only');
const send = (message: FromProcess): void => port.postMessage(message);

const pdfium = async (): Promise<WebAssembly.Module> =>
  await WebAssembly.compile(await readFile(new URL('pdfium.wasm', import.meta.url)));

interface Given {
  bytes: Uint8Array;
  size: number;
}
const reads = new Map<number, { resolve(given: Given): void; reject(error: HoldfastError): void }>();
let nextRead = 1;

function read(beside: string | null, from: number, to: number): Promise<Given> {
  const id = nextRead++;
  return new Promise((resolve, reject) => {
    reads.set(id, { resolve, reject });
    send({ type: 'read', id, beside, from, to });
  });
}

function sourceAt(beside: string | null, size: number): Source {
  return { size, read: async (from, to) => (await read(beside, from, Math.min(to, size))).bytes };
}

/** Errors: path-not-found, those of reading. */
async function openBeside(path: string): Promise<Source> {
  return sourceAt(path, (await read(path, 0, 0)).size);
}

let open: { source: Source; looked: Looked } | null = null;

function archive(): OpenArchive {
  if (open?.looked.archive == null) throw notOpen();
  return open.looked.archive;
}

function pdf(): OpenPdf {
  if (open?.looked.pdf == null) throw notOpen();
  return open.looked.pdf;
}

const attachments = new Attachments(async (ref) => await archive().attachment(ref));

function conversation(number: number): Conversation {
  const found = archive().archive.conversations[number];
  if (found === undefined) throw notOpen();
  return found;
}

const answers: { [Q in Question]: (input: Questions[Q]['input']) => Promise<Questions[Q]['output']> } = {
  look: async ({ name, size }) => {
    const source = sourceAt(null, size);
    const looked = await look(source, name, { beside: openBeside, pdfium });
    open = { source, looked };
    return looked.look;
  },
  text: async ({ from }) => {
    if (open?.looked.form == null) throw notOpen();
    return await textPage(open.source, open.looked.form, from);
  },
  messages: async ({ conversation: number, from, count }) =>
    conversation(number).messages.slice(from, from + Math.min(count, MESSAGES_OF_ONE)),
  days: async ({ conversation: number }) => daysOf(conversation(number)),
  find: async ({ conversation: number, query }) => findIn(conversation(number), query),
  attachment: async ({ ref }) => {
    const source = await attachments.get(ref);
    const { look: found } = await look(source, '', null);
    return { look: found, size: source.size };
  },
  page: async ({ page, width }) => pdf().page(page, width),
  // A copy: what is sent may be a view of much more.
  part: async ({ ref, from, to }) => Uint8Array.from(await (await attachments.get(ref)).read(from, to)),
};

function notOpen(): HoldfastError {
  return new HoldfastError('bad-input', 'This file is not open.', 'Open the preview again. Nothing was changed.');
}

port.on('message', ({ data }) => {
  // Only the app sends to it.
  const message = data as ToProcess;
  if (message.type !== 'ask') {
    const waiting = reads.get(message.id);
    reads.delete(message.id);
    if (message.type === 'bytes') waiting?.resolve(message);
    else waiting?.reject(HoldfastError.fromInfo(message.error));
    return;
  }
  const { id, question, input } = message;
  const answer = answers[question] as (input: unknown) => Promise<unknown>;
  answer(input).then(
    (output) => send({ type: 'answer', id, output }),
    (error: unknown) => send({ type: 'error', id, error: toHoldfastError(error).toInfo() }),
  );
});
