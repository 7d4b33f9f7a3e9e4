/** Icons of kinds of files that the house's set lacks, in its style: a grid of 24, lines of 2, round ends. */
import { createLucideIcon } from 'lucide-react';

const PAGE = 'M20 11V8a2.4 2.4 0 0 0-.706-1.706l-3.588-3.588A2.4 2.4 0 0 0 14 2H6a2 2 0 0 0-2 2v7';
const CORNER = 'M14 2v5a1 1 0 0 0 1 1h5';

/** A page with a band across its foot, as these documents wear it everywhere. */
export const FilePdf = createLucideIcon('file-pdf', [
  ['path', { d: PAGE, key: 'page' }],
  ['path', { d: CORNER, key: 'corner' }],
  ['rect', { x: '2', y: '14', width: '20', height: '7', rx: '1.5', fill: 'currentColor', key: 'band' }],
]);

/** A page with a letter's flap. */
export const FileMail = createLucideIcon('file-mail', [
  ['path', { d: 'M6 6V4a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v2', key: 'page' }],
  ['rect', { x: '2', y: '8', width: '20', height: '14', rx: '2', key: 'letter' }],
  ['path', { d: 'm22 11-8.97 5.7a1.94 1.94 0 0 1-2.06 0L2 11', key: 'flap' }],
]);
