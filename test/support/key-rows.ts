/** Rows of the 64 digits, as a person types them for proof: `A` to `D`, four groups each. */
export function rowsOf(groups: readonly string[], rows: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(
    rows.map((row) => [row, groups.slice(4 * 'ABCD'.indexOf(row), 4 * 'ABCD'.indexOf(row) + 4)]),
  );
}
