/**
 * Every component of the window in all its states, a page for each kind. For developers, and for the pictures that
 * `npm test` compares; never shipped.
 */
import '../../../../renderer/theme/index.css';
import './gallery.css';
import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode, type ReactNode } from 'react';
import { I18nProvider as AriaI18nProvider } from 'react-aria-components';
import { createRoot } from 'react-dom/client';
import { startAppState, useAppStateSnapshot, useDocumentAttributes } from '../../../../renderer/state/app-state.tsx';
import { locale } from '../../../../renderer/state/language.ts';
import { Buttons } from './buttons.tsx';
import { Fields } from './fields.tsx';
import { Keys } from './key.tsx';
import { Menus, Question, Sheets } from './overlays.tsx';
import { Pictures } from './pictures.tsx';
import { Surfaces } from './surfaces.tsx';

const PAGES: Readonly<Record<string, () => ReactNode>> = {
  buttons: Buttons,
  fields: Fields,
  surfaces: Surfaces,
  key: Keys,
  pictures: Pictures,
  menus: Menus,
  sheet: Sheets,
  question: Question,
};

function hrefOf(page: string): string {
  const query = new URLSearchParams(location.search);
  query.set('gallery', page);
  return `?${query}`;
}

function Gallery({ page }: { page: string }): ReactNode {
  useDocumentAttributes();
  const { state } = useAppStateSnapshot();
  const Page = PAGES[page];
  return (
    <main className="gal">
      <div className="gal-in">
        <nav className="gal-nav" aria-label="Gallery" translate="no">
          {Object.keys(PAGES).map((name) => (
            <a key={name} href={hrefOf(name)} {...(name === page ? { 'aria-current': 'page' as const } : {})}>
              {name}
            </a>
          ))}
        </nav>
        <h1 className="t20" translate="no">
          {page}
        </h1>
        <div className="gal-grid">{state !== null && Page !== undefined && <Page />}</div>
      </div>
    </main>
  );
}

export function startGallery(page: string): void {
  const root = document.getElementById('root');
  if (root === null) throw new Error('the page has no root element');
  startAppState();
  createRoot(root).render(
    <StrictMode>
      <I18nProvider i18n={i18n}>
        <AriaI18nProvider locale={locale()}>
          <QueryClientProvider client={new QueryClient()}>
            <Gallery page={page in PAGES ? page : 'buttons'} />
          </QueryClientProvider>
        </AriaI18nProvider>
      </I18nProvider>
    </StrictMode>,
  );
}
