/**
 * The inner loop of the gear-1 chunker (../../format/gear.ts) in AssemblyScript. It allocates nothing; of the imported
 * memory it reads its table and the bytes it is pointed at.
 */

/** Address of the 256 hash values, little-endian, inside the reserved page; chunker.ts fills it. */
export const TABLE: usize = 1024;

function gear(at: usize): u64 {
  return load<u64>((<usize>load<u8>(at)) << 3, TABLE);
}

/**
 * Smallest length from `first` to `last` at which the hash of the 64 bytes before the cut has its `bits` uppermost bits
 * zero; 0 where there is none. `start`: address of the chunk's first byte; `first` is at least 64.
 */
export function scan(start: usize, first: u32, last: u32, bits: u32): u32 {
  const below: u64 = 1 << (64 - <u64>bits);
  let at: usize = start + first - 64;
  const warm: usize = at + 63;
  let hash: u64 = 0;
  while (at < warm) {
    hash = (hash << 1) + gear(at);
    at++;
  }

  // Four bytes a step. Reaching all four hashes from the step's first one (shifts by 2, 3 and 4, so that fewer
  // operations wait for each other) measured slower than this plain chain.
  const end: usize = start + last;
  while (at + 4 <= end) {
    hash = (hash << 1) + gear(at);
    if (hash < below) return <u32>(at - start) + 1;
    hash = (hash << 1) + gear(at + 1);
    if (hash < below) return <u32>(at - start) + 2;
    hash = (hash << 1) + gear(at + 2);
    if (hash < below) return <u32>(at - start) + 3;
    hash = (hash << 1) + gear(at + 3);
    if (hash < below) return <u32>(at - start) + 4;
    at += 4;
  }
  while (at < end) {
    hash = (hash << 1) + gear(at);
    at++;
    if (hash < below) return <u32>(at - start);
  }
  return 0;
}
