/** The pack writer of a run's own thread: under this computer's keys, finished packs go to the publisher. */
import { threadId } from 'node:worker_threads';
import type { Capability } from '../format/capability.ts';
import type { SharedIndex } from '../repository/shared-index.ts';
import { COMPRESSION_LEVEL, METADATA_PACK_BYTES } from './pack-sizes.ts';
import { PackWriter, type PackWriterOptions } from './pack-writer.ts';
import type { Publisher } from './publisher.ts';

export interface OwnWriterOptions extends Pick<
  PackWriterOptions,
  'room' | 'spoolFolder' | 'readerPublicKey' | 'targetBytes'
> {
  capability: Capability;
  index: SharedIndex;
  publisher: Publisher;
}

export function ownWriter({ capability, index, publisher, ...rest }: OwnWriterOptions): PackWriter {
  const { suite, repoId, clientId, epoch, keys } = capability;
  return new PackWriter({
    ...rest,
    suite,
    repoId,
    clientId,
    epoch,
    metaKey: keys.meta,
    hedgeKey: keys.hedge,
    compressionLevel: COMPRESSION_LEVEL,
    thread: threadId,
    takeOrdinal: () => index.takePackOrdinal(),
    onPack: (pack) => publisher.add(pack),
  });
}

/** Of metadata packs, which need no reader's key. */
export const metadataWriter = (
  options: Omit<OwnWriterOptions, 'room' | 'readerPublicKey' | 'targetBytes'>,
): PackWriter => ownWriter({ ...options, room: 'm', readerPublicKey: null, targetBytes: METADATA_PACK_BYTES });
