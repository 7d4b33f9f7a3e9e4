/** Shows the app in the page. */
import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { startAppState } from './state/app-state.tsx';
import { listenToFaults } from './state/fault-reports.ts';

export function start(): void {
  const root = document.getElementById('root');
  if (root === null) throw new Error('the page has no root element');
  listenToFaults(window);
  startAppState();
  createRoot(root).render(
    <StrictMode>
      <I18nProvider i18n={i18n}>
        <App />
      </I18nProvider>
    </StrictMode>,
  );
}
