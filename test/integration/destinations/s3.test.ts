import { describeDestination } from '../../support/destination-conformance.ts';
import { FEW_OBJECTS } from '../../support/destination-helpers.ts';
import { s3Factory } from '../../support/destination-s3.ts';
import { AMAZON, IGNORING, MINIMAL } from '../../support/fake-s3/operations.ts';

describeDestination('A bucket of a server like Amazon’s', s3Factory(AMAZON));
describeDestination('A bucket of a server without checksums and conditions', {
  ...s3Factory(MINIMAL),
  many: FEW_OBJECTS,
});
describeDestination('A bucket of a server that ignores conditions', { ...s3Factory(IGNORING), many: FEW_OBJECTS });
