export { Activity as default } from './activity.tsx';
