import type { ExtractorType } from '@lingui/conf';

/** Finds the sentences of the main process for its catalog. */
export const textExtractor: ExtractorType;
