/** What a new backup leaves out. */

/** Proposed at set-up: what programs make again by themselves, and what is in the bin. */
export const DEFAULT_EXCLUDES: readonly string[] = [
  '.cache/',
  'Cache/',
  'Caches/',
  'CachedData/',
  'GPUCache/',
  '.Trash/',
  '.Trash-*/',
  '$RECYCLE.BIN/',
  'System Volume Information/',
  '.local/share/Trash/',
  'node_modules/',
  '__pycache__/',
  '*.tmp',
  '*.crdownload',
  '*.part',
  '.DS_Store',
  'Thumbs.db',
  'desktop.ini',
];
