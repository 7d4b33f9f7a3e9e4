export { PreviewSheet } from './preview-sheet.tsx';
