import { describeDestination } from '../../support/destination-conformance.ts';
import { driveFactory } from '../../support/destination-drive.ts';

describeDestination('Google Drive', driveFactory);
