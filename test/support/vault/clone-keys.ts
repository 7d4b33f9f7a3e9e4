/** Copies a vault's shared keys from token to token, as a ceremony with modules that clone under wrap does. */
import { randomBytes } from 'node:crypto';
import pkcs11js from 'pkcs11js';
import { CKA, CKK, CKO } from '../../../vault/hsm/cryptoki.ts';
import type { Handle } from '../../../vault/hsm/cryptoki.ts';
import { openToken } from '../../../vault/hsm/module.ts';
import type { Token, TokenOptions } from '../../../vault/hsm/module.ts';
import { LABEL, findOnly, read } from '../../../vault/hsm/objects.ts';

const MECHANISM = { mechanism: pkcs11js.CKM_AES_KEY_WRAP_PAD };
const SHARED = [
  { label: LABEL.oprf, objectClass: CKO.PRIVATE_KEY, keyType: CKK.EC, use: CKA.DERIVE },
  { label: LABEL.ake, objectClass: CKO.PRIVATE_KEY, keyType: CKK.EC, use: CKA.DERIVE },
  { label: LABEL.receipt, objectClass: CKO.PRIVATE_KEY, keyType: CKK.EC, use: CKA.SIGN },
  { label: LABEL.mac, objectClass: CKO.SECRET_KEY, keyType: CKK.GENERIC_SECRET, use: CKA.SIGN },
] as const;

/** The key that both tokens are given by their custodians; real ones put it together from shares. */
function importWrapping(token: Token, session: Handle, value: Buffer): Handle {
  return token.p11.C_CreateObject(session, [
    { type: CKA.CLASS, value: CKO.SECRET_KEY },
    { type: CKA.KEY_TYPE, value: CKK.AES },
    { type: CKA.TOKEN, value: false },
    { type: CKA.WRAP, value: true },
    { type: CKA.UNWRAP, value: true },
    { type: CKA.VALUE, value },
  ]);
}

/** @param from made by `init` with `extractable: 'wrapped'`, profile A */
export async function cloneKeys(from: TokenOptions, to: TokenOptions): Promise<void> {
  const [source, target] = [await openToken(from), await openToken(to)];
  const wrappingValue = randomBytes(32);
  await source.sessions.use((out) =>
    target.sessions.use((into) => {
      const wrapping = importWrapping(source, out, wrappingValue);
      const unwrapping = importWrapping(target, into, wrappingValue);
      for (const { label, objectClass, keyType, use } of SHARED) {
        const key = findOnly(source.p11, out, objectClass, label);
        if (key === null) throw new Error(`no ${label} to clone`);
        const wrapped = source.p11.C_WrapKey(out, MECHANISM, wrapping, key, Buffer.alloc(1000));
        target.p11.C_UnwrapKey(into, MECHANISM, unwrapping, wrapped, [
          { type: CKA.CLASS, value: objectClass },
          { type: CKA.KEY_TYPE, value: keyType },
          { type: CKA.TOKEN, value: true },
          { type: CKA.PRIVATE, value: true },
          { type: CKA.SENSITIVE, value: true },
          { type: CKA.EXTRACTABLE, value: true },
          { type: CKA.LABEL, value: label },
          { type: use, value: true },
        ]);
        copyPublicKey(source, out, target, into, label);
      }
    }),
  );
  await Promise.all([source.release(), target.release()]);
}

function copyPublicKey(source: Token, out: Handle, target: Token, into: Handle, label: string): void {
  const key = findOnly(source.p11, out, CKO.PUBLIC_KEY, label);
  if (key === null) return;
  const copied = [CKA.EC_PARAMS, CKA.EC_POINT].map((type) => ({ type, value: read(source.p11, out, key, type) }));
  target.p11.C_CreateObject(into, [
    { type: CKA.CLASS, value: CKO.PUBLIC_KEY },
    { type: CKA.KEY_TYPE, value: CKK.EC },
    { type: CKA.TOKEN, value: true },
    { type: CKA.LABEL, value: label },
    ...copied.map(({ type, value }) => ({ type, value: value ?? Buffer.alloc(0) })),
  ]);
}
