/** The vault's HSM over a real PKCS#11 token, SoftHSM2's. */
import { afterAll, beforeAll } from 'vitest';
import type { Profile } from '../../../vault/hsm/hsm.ts';
import { init, open } from '../../../vault/hsm/open.ts';
import { hsmConformance } from '../../support/vault/hsm-conformance.ts';
import { makeSoftHsm } from '../../support/vault/softhsm.ts';
import type { SoftHsm } from '../../support/vault/softhsm.ts';
import { CountedUses } from '../../support/vault/counted-uses.ts';

const PROFILES: Profile[] = ['A', 'B', 'C'];
let soft: SoftHsm;
beforeAll(async () => {
  soft = await makeSoftHsm([...PROFILES, 'A-cmac', 'B-cmac']);
});
afterAll(() => soft.dispose());

for (const profile of PROFILES) {
  for (const macKind of profile === 'C' ? (['hmac'] as const) : (['hmac', 'cmac'] as const)) {
    const useLimit = profile === 'C' ? new CountedUses() : undefined;
    hsmConformance(`SoftHSM2, ${macKind}`, profile, async () => {
      const tokenLabel = macKind === 'hmac' ? profile : `${profile}-cmac`;
      const options = { modulePath: soft.modulePath, tokenLabel, pin: soft.pin, profile, useLimit };
      await init({ ...options, macKind });
      return { open: () => open(options), dispose: async () => {} };
    });
  }
}
