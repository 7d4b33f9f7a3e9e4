/** What stands where in an entry of a folder (FORMAT.md, "Trees"). */

export const NodeType = { file: 1, folder: 2, symlink: 3, fifo: 4, socket: 5, block: 6, char: 7 } as const;
export type NodeType = (typeof NodeType)[keyof typeof NodeType];

export const Field = {
  name: 0,
  type: 1,
  mode: 2,
  owner: 3,
  ownerNames: 4,
  mtime: 5,
  ctime: 6,
  size: 7,
  content: 8,
  lists: 9,
  target: 10,
  device: 11,
  // Those of node-extras.ts.
  birth: 12,
  link: 13,
  small: 14,
  large: 15,
  flags: 16,
  holes: 17,
  // The largest key, so that a folder's node ends with its subtree id and can be completed in place.
  subtree: 23,
} as const;
