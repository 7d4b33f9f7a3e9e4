import { afterAll, beforeAll, describe } from 'vitest';
import { apacheMissing, startApache, type Apache } from '../../support/apache-dav.ts';
import { describeDestination } from '../../support/destination-conformance.ts';
import { FEW_OBJECTS } from '../../support/destination-helpers.ts';
import { apacheFactory, nextcloudFactory } from '../../support/destination-webdav.ts';

describe.skipIf(apacheMissing() !== null)('Apache’s mod_dav', () => {
  let apache: Apache;
  beforeAll(async () => {
    apache = await startApache();
  });
  afterAll(async () => {
    await apache.stop();
  });

  describeDestination('A folder over TLS with its own certificate', apacheFactory(() => apache, 'basic', true)); // prettier-ignore
  describeDestination('A folder with Digest', { ...apacheFactory(() => apache, 'digest', false), many: FEW_OBJECTS }); // prettier-ignore
});

describeDestination('A folder of Nextcloud', { ...nextcloudFactory, many: FEW_OBJECTS });
