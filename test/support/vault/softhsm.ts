/**
 * Throw-away SoftHSM2 tokens in a folder of their own. The library reads SOFTHSM2_CONF once, when a process first
 * opens it, so all tokens that a test process has open at the same time come from one call.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createSoftToken } from '../../../vault/hsm/soft-token.ts';

export interface SoftHsm {
  modulePath: string;
  /** The first of `tokenLabels`. */
  tokenLabel: string;
  tokenLabels: string[];
  pin: string;
  soPin: string;
  /** This process has it in SOFTHSM2_CONF until `dispose`; another one needs it there too. */
  conf: string;
  folder: string;
  /** Deletes the tokens; close what has them open first. */
  dispose(): Promise<void>;
}

/** @param labels one token each, without keys; by default a single one */
export async function makeSoftHsm(labels: string[] = ['holdfast-test']): Promise<SoftHsm> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-softhsm-'));
  const pin = randomBytes(6).toString('hex');
  const soPin = randomBytes(6).toString('hex');
  let made = { modulePath: '', conf: '' };
  for (const label of labels) made = await createSoftToken({ folder, label, pin, soPin });
  const before = process.env['SOFTHSM2_CONF'];
  process.env['SOFTHSM2_CONF'] = made.conf;
  return {
    ...made,
    tokenLabel: labels[0] ?? '',
    tokenLabels: labels,
    pin,
    soPin,
    folder,
    async dispose() {
      if (before === undefined) delete process.env['SOFTHSM2_CONF'];
      else process.env['SOFTHSM2_CONF'] = before;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
