/** A server without any of OpenSSH's extensions: slower and less safe in a power failure, but all the same in the end. */
import { afterAll, beforeAll } from 'vitest';
import { describeDestination } from '../../support/destination-conformance.ts';
import { makeSftpAt } from '../../support/destination-sftp.ts';
import { startPlainSftp, type PlainSftp } from '../../support/plain-sftp.ts';

let server: PlainSftp;
beforeAll(async () => {
  server = await startPlainSftp({ password: 'correct horse' });
});
afterAll(async () => {
  await server.stop();
});

const skipped = 'OpenSSH’s server shows it';
describeDestination('A folder behind a plain SFTP server', {
  make: async () =>
    await makeSftpAt({
      kind: 'sftp',
      host: '127.0.0.1',
      port: server.port,
      user: 'ada',
      hostKey: server.hostKey,
      login: 'password',
      credentials: { kind: 'sftp', password: 'correct horse' },
    }),
  // It has no pages, and each object takes ten answers.
  many: 240,
  makeSmall: async () => ({ skipped }),
  makeReadOnly: async () => ({ skipped }),
});
