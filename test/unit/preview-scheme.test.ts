import type { Session } from 'electron';
import { expect, it } from 'vitest';
import { servePreviews } from '../../main/app/preview-scheme.ts';
import type { Playable } from '../../main/jobs/previews.ts';

const ID = '0123456789abcdef0123456789abcdef';
const OTHER = 'fedcba9876543210fedcba9876543210';

it('a page that is closed while it loads finds its style and nothing else; what was never shown is not there', async () => {
  let handle: (request: Request) => Response = () => new Response(null);
  const session = { protocol: { handle: (_: string, given: typeof handle) => (handle = given) } };
  const picture: Playable = { kind: 'image', type: 'image/png', size: 3, read: async () => new Uint8Array(3) };
  let open = true;
  servePreviews(session as unknown as Session, (id) => (open && id === ID ? picture : null));
  const ask = (id: string, part: string): Response => handle(new Request(`preview://${id}/${part}`));

  expect(ask(ID, 'view').status).toBe(200);
  expect((await ask(ID, 'raw').arrayBuffer()).byteLength).toBe(3);
  open = false;
  const style = ask(ID, 'style');
  expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
  expect(ask(ID, 'raw').status).toBe(204);
  expect(ask(ID, 'view').status).toBe(204);
  for (const part of ['view', 'raw', 'style']) expect(ask(OTHER, part).status).toBe(404);
});
