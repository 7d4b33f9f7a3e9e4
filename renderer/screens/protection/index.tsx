export { Protection as default } from './protection.tsx';
