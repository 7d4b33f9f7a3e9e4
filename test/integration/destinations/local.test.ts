import { describeDestination } from '../../support/destination-conformance.ts';
import { localFactory } from '../../support/destination-local.ts';

describeDestination('A local folder', localFactory);
