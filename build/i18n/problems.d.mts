export function problemsOf(
  source: Readonly<Record<string, { message?: string }>>,
  own: Readonly<Record<string, { translation?: string }>>,
  locale: string,
): string[];
