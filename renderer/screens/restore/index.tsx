export { Restore as default } from './restore.tsx';
