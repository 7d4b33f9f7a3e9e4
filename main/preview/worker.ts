/**
 * Entry of the thread that looks into files of a backup: their bytes are a stranger's, so this thread has no keys, a
 * bounded heap, and is ended where it takes too long. Reads nothing but what the app gives it.
 */
import { parentPort } from 'node:worker_threads';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import type { Source } from '../messages/source.ts';
import type { FromThread, Question, Questions, ToThread } from './api.ts';
import { look } from './look.ts';
import { textPage, type TextForm } from './text.ts';

const port = parentPort;
if (port === null) throw new Error('worker.ts runs in a worker thread only');
const send = (message: FromThread): void => port.postMessage(message);

const reads = new Map<number, { resolve(bytes: Uint8Array): void; reject(error: HoldfastError): void }>();
let nextRead = 1;

function sourceOfSize(size: number): Source {
  return {
    size,
    read: (from, to) => {
      const id = nextRead++;
      return new Promise((resolve, reject) => {
        reads.set(id, { resolve, reject });
        send({ type: 'read', id, from, to: Math.min(to, size) });
      });
    },
  };
}

let open: { source: Source; form: TextForm | null } | null = null;

const answers: { [Q in Question]: (input: Questions[Q]['input']) => Promise<Questions[Q]['output']> } = {
  look: async ({ name, size }) => {
    const source = sourceOfSize(size);
    const found = await look(source, name);
    open = { source, form: found.form };
    return found.look;
  },
  text: async ({ from }) => {
    if (open?.form == null) throw notOpen();
    return await textPage(open.source, open.form, from);
  },
};

function notOpen(): HoldfastError {
  return new HoldfastError('bad-input', 'This file is not open.', 'Open the preview again. Nothing was changed.');
}

port.on('message', (message: ToThread) => {
  if (message.type !== 'ask') {
    const read = reads.get(message.id);
    reads.delete(message.id);
    if (message.type === 'bytes') read?.resolve(message.bytes);
    else read?.reject(HoldfastError.fromInfo(message.error));
    return;
  }
  const { id, question, input } = message;
  (answers[question] as (input: unknown) => Promise<unknown>)(input).then(
    (output) => send({ type: 'answer', id, output }),
    (error: unknown) => send({ type: 'error', id, error: toHoldfastError(error).toInfo() }),
  );
});
