/** Height in px of the rows of virtual lists; as `--row`, `--row-list` and `--row-two` of tokens.css. */
export const ROW_PX = {
  row: { comfortable: 32, compact: 26 },
  list: { comfortable: 36, compact: 28 },
  two: { comfortable: 52, compact: 42 },
} as const;
