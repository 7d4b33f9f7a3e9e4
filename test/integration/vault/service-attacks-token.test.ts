/** Attack 8 on the real service: another token, or other keys under the same names in it, while it is stopped and while it runs. */
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CKO } from '../../../vault/hsm/cryptoki.ts';
import { openToken } from '../../../vault/hsm/module.ts';
import { destroyLabelled, LABEL, makeEcPair } from '../../../vault/hsm/objects.ts';
import { verifyLog } from '../../../vault/ledger/verify.ts';
import { SoftSite } from '../../support/vault/service.ts';
import { codeOf, newId, type TestClient } from '../../support/vault/test-client.ts';

const PASSWORD = 'the right one';
const SWAPPED = [
  ['OPRF', LABEL.oprf, 'derive'],
  ['AKE', LABEL.ake, 'derive'],
  ['receipt', LABEL.receipt, 'sign'],
] as const;

let site: SoftSite;
let client: TestClient;
beforeAll(async () => {
  site = await SoftSite.make();
  client = site.service.client();
  await client.register(PASSWORD);
});
afterAll(() => site?.dispose());

const again = (): TestClient => site.service.client({ recordId: client.recordId, rootKey: client.rootKey });

/** Other keys in the place of those that the vault was made with, by whoever has the PIN. */
async function swap(label: string, use: 'derive' | 'sign'): Promise<void> {
  const token = await openToken(site.token);
  await token.sessions.use(async (session) => {
    destroyLabelled(token.p11, session, [CKO.PRIVATE_KEY, CKO.PUBLIC_KEY], label);
    await makeEcPair(token.p11, session, label, use, 'never');
  });
  await token.release();
}

describe('attack 8: a token that was swapped', () => {
  it.each(SWAPPED)(
    'with another %s key: the vault does not serve, and does with the right token',
    async (_, label, use) => {
      await site.stop();
      const kept = path.join(site.folder, 'tokens-kept');
      await cp(site.tokens, kept, { recursive: true });
      await swap(label, use);
      await expect(site.start()).rejects.toMatchObject({ code: 'swapped' });
      await rm(site.tokens, { recursive: true });
      await cp(kept, site.tokens, { recursive: true });
      await rm(kept, { recursive: true });
      await site.start();
      expect(await again().open(PASSWORD)).toEqual(client.rootKey);
    },
  );

  // The last one: the key does not come back.
  it('while the vault runs: no login is answered, its repeats are under one charge, and the log permits all that was asked', async () => {
    const permitted = async (): Promise<number> => (await verifyLog(site.store)).facts['oprf'] ?? 0;
    const before = { derives: site.hsm.counts.oprfDerives, permitted: await permitted() };
    await swap(LABEL.oprf, 'derive');
    const login = again().login(newId());
    for (let i = 0; i < 3; i++) expect(await codeOf(again().start(login))).toBe('not-ready');
    expect(await codeOf(again().open(PASSWORD))).toBe('not-ready');
    // The count is of what the module was asked; it found no key.
    const asked = site.hsm.counts.oprfDerives - before.derives;
    expect(asked).toBeLessThanOrEqual(2 * ((await permitted()) - before.permitted));
    const { consecutive } = (await again().byOwner('status', {})).attempts;
    expect(consecutive).toBe(2);
    expect(site.service.lines.join('')).not.toContain(PASSWORD);
  });
});
