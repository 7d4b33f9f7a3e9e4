export function buildPage(name?: string): Promise<void>;
export function servePage(name?: string): Promise<{ address: string; close: () => void }>;
