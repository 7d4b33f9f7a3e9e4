import './trusted-types.ts';
import './theme/index.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { startAppState } from './state/app-state.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root element');
startAppState();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
