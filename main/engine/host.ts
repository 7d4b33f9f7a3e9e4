/**
 * Entry of the engine's worker thread: runs the verbs that `client.ts` asks for and sends back events and results. Holds
 * no state of its own; secrets live in it only as the inputs of running verbs.
 */
import { parentPort } from 'node:worker_threads';
import { toHoldfastError } from '../errors.ts';
import type { EngineEvent, FromHost, ToHost, Verb } from './api.ts';
import { RunControl } from './control.ts';
import { verbs } from './verbs.ts';

/** A verb whose input is known to match because the client's types made it so. */
type AnyVerb = (
  input: unknown,
  context: { control: RunControl; emit: (event: EngineEvent) => void },
) => Promise<unknown>;

function verbNamed(name: Verb): AnyVerb {
  return verbs[name] as AnyVerb;
}

const port = parentPort;
if (port === null) throw new Error('host.ts runs in a worker thread only');

port.on('message', (message: ToHost) => {
  const send = (answer: FromHost): void => port.postMessage(answer);
  const { id } = message;
  verbNamed(message.verb)(message.input, {
    control: new RunControl(message.control),
    emit: (event) => send({ id, type: 'event', event }),
  }).then(
    (output) => send({ id, type: 'result', output }),
    (thrown: unknown) => {
      const error = toHoldfastError(thrown);
      const { cause } = error;
      const stack = error.code === 'internal' && cause instanceof Error ? cause.stack : undefined;
      send({ id, type: 'error', error: error.toInfo(), ...(stack === undefined ? {} : { stack }) });
    },
  );
});
