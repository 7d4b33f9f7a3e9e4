/** A writer of metadata packs under keys of zeros: what is looked at is its packs, not who could read them. */
import { PackWriter, type PackWriterOptions } from '../../main/engine/pipeline/pack-writer.ts';

export function madePackWriter(
  options: Pick<PackWriterOptions, 'spoolFolder' | 'targetBytes' | 'takeOrdinal' | 'onPack'>,
): PackWriter {
  return new PackWriter({
    room: 'm',
    suite: 2,
    repoId: new Uint8Array(16),
    clientId: new Uint8Array(16),
    epoch: 0,
    metaKey: new Uint8Array(32),
    hedgeKey: new Uint8Array(32),
    readerPublicKey: null,
    compressionLevel: 1,
    thread: 0,
    ...options,
  });
}
