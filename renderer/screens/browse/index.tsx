export { Browse as default } from './browse.tsx';
