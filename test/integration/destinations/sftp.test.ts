import { afterAll, beforeAll, describe, test } from 'vitest';
import { describeDestination } from '../../support/destination-conformance.ts';
import { FEW_OBJECTS } from '../../support/destination-helpers.ts';
import { sftpFactory } from '../../support/destination-sftp.ts';
import { sshdMissing, startSshd, type Sshd } from '../../support/sshd.ts';

if (sshdMissing === null) {
  let server: Sshd;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(async () => {
    await server.stop();
  });

  describeDestination('A folder behind OpenSSH', { ...sftpFactory(() => server), many: FEW_OBJECTS });
} else {
  describe.skip(`A folder behind OpenSSH: ${sshdMissing}`, () => test('is not tested', () => undefined));
}
