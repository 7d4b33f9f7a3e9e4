/** Buckets for tests of destinations, each at a server of its own. */
import path from 'node:path';
import { S3Destination } from '../../main/destinations/s3/s3-destination.ts';
import type { Opening, S3Place } from '../../main/destinations/spec.ts';
import { freeTraffic, type Traffic } from '../../main/destinations/traffic.ts';
import { filesIn, type DestinationFactory, type DestinationUnderTest } from './destination-helpers.ts';
import { remove, temporaryFolder } from './destination-local.ts';
import type { Profile } from './fake-s3/operations.ts';
import { FakeS3 } from './fake-s3/server.ts';

export interface S3UnderTest extends DestinationUnderTest {
  destination: S3Destination;
  server: FakeS3;
  place: S3Place & Opening;
  /** Another instance, with other settings. */
  open(place?: Partial<S3Place & Opening>, options?: S3OpenOptions): Promise<S3Destination>;
}

export interface S3OpenOptions {
  traffic?: Traffic;
  stallMs?: number;
}

export async function makeS3(profile?: Profile): Promise<S3UnderTest> {
  const server = await FakeS3.start(profile);
  const scratch = await temporaryFolder();
  const place: S3Place & Opening = {
    kind: 's3',
    endpoint: server.endpoint,
    region: server.region,
    bucket: server.bucket,
    prefix: 'holdfast/',
    pathStyle: true,
    storageClass: null,
    lock: null,
    credentials: { kind: 's3', ...server.keys },
    scratch,
  };
  const opened: S3Destination[] = [];
  const open = async (
    changes: Partial<S3Place & Opening> = {},
    options: S3OpenOptions = {},
  ): Promise<S3Destination> => {
    const at = await S3Destination.open(
      { ...place, ...changes },
      { signal: undefined, traffic: freeTraffic, ...options },
    );
    opened.push(at);
    return at;
  };
  const destination = await open();
  await destination.init();
  return {
    destination,
    server,
    place,
    open,
    reopen: async () => await open(),
    truncate: async (name, size) => server.store.truncate(`${place.prefix}${name}`, size),
    leftovers: async () => [
      ...[...server.store.uploads.values()].map((upload) => upload.key),
      ...(await filesIn(path.join(scratch, 'spool'))),
    ],
    dispose: async () => {
      for (const each of opened) await each.close();
      await server.stop();
      await remove(scratch);
    },
  };
}

export function s3Factory(profile: Profile): DestinationFactory {
  return {
    make: async () => await makeS3(profile),
    async makeSmall(bytes) {
      const made = await makeS3(profile);
      made.server.store.capacity = bytes;
      return made;
    },
    async makeReadOnly(bytes) {
      const made = await makeS3(profile);
      await made.destination.put('repo.json', bytes);
      made.server.readOnly = true;
      return made;
    },
  };
}
