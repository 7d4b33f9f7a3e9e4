/** The dark modules of a code as one path, a run of a row at a time. */
export function qrPath(size: number, modules: readonly boolean[]): string {
  let path = '';
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      if (modules[y * size + x] !== true) continue;
      let run = 1;
      while (x + run < size && modules[y * size + x + run] === true) run += 1;
      path += `M${x} ${y}h${run}v1h-${run}z`;
      x += run - 1;
    }
  }
  return path;
}
