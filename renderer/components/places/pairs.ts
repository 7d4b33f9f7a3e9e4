/** 64 hexadecimal digits in pairs, as browsers and NAS systems show them. */
export function pairs(hex: string): string {
  return (
    hex
      .replace(/[^0-9a-f]/gi, '')
      .toUpperCase()
      .match(/.{1,2}/g) ?? []
  ).join(':');
}
