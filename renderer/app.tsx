/** The window's frame: loads the state, then shows the set-up, the restore wizard, or the sidebar with a screen. */
import { Trans } from '@lingui/react/macro';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, type ReactNode } from 'react';
import { I18nProvider } from 'react-aria-components';
import { Commands } from './commands/index.tsx';
import { Button, ErrorBoundary, ErrorState, Mark, Sidebar, Toasts } from './components/index.ts';
import { ActivityReporter, useAppStateSnapshot, useDocumentAttributes } from './state/app-state.tsx';
import { useForgetOnLock } from './state/forget-on-lock.ts';
import { listenToFindKey } from './state/find-key.ts';
import { locale } from './state/language.ts';
import { keepFocus } from './state/keep-focus.ts';
import './state/last-input.ts';
import { useOpenAt } from './state/open-at.ts';
import { placeFor } from './state/place.ts';
import { listenToHistoryKeys, useRoute, type Screen } from './state/route.ts';

// Main is on this computer: there is no network to wait for, and asking twice does not mend a refusal.
const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: false, networkMode: 'always', refetchOnWindowFocus: false, refetchOnReconnect: false },
    mutations: { retry: false, networkMode: 'always' },
  },
});

// Each screen is a file of its own that is loaded when it is first shown.
const WelcomeScreen = lazy(() => import('./screens/welcome/index.tsx'));
const HowScreen = lazy(() => import('./screens/how/index.tsx'));
const SetupScreen = lazy(() => import('./screens/setup/index.tsx'));
const RestoreScreen = lazy(() => import('./screens/restore/index.tsx'));
const PasswordScreen = lazy(() => import('./screens/password/index.tsx'));
const KeyChangeScreen = lazy(() => import('./screens/key-change/index.tsx'));
// What is mostly shown first is fetched while main still looks how things stand.
const home = import('./screens/home/index.tsx');
home.catch(() => undefined); // said where it is shown
const PLACES = {
  home: lazy(() => home),
  browse: lazy(() => import('./screens/browse/index.tsx')),
  activity: lazy(() => import('./screens/activity/index.tsx')),
  settings: lazy(() => import('./screens/settings/index.tsx')),
  protection: lazy(() => import('./screens/protection/index.tsx')),
  help: lazy(() => import('./screens/help/index.tsx')),
} as const;

function Content({ place }: { place: Screen }): ReactNode {
  switch (place) {
    case 'welcome':
      return <WelcomeScreen />;
    case 'how':
      return <HowScreen />;
    case 'setup':
      return <SetupScreen />;
    case 'restore':
      return <RestoreScreen />;
    case 'password':
      return <PasswordScreen />;
    case 'key-change':
      return <KeyChangeScreen />;
    default: {
      const Place = PLACES[place];
      return (
        <div className="win">
          <Sidebar />
          <main className="page">
            <ErrorBoundary key={place}>
              <Suspense>
                <Place />
              </Suspense>
            </ErrorBoundary>
          </main>
          <Commands />
        </div>
      );
    }
  }
}

function Frame(): ReactNode {
  const { state, error, retry } = useAppStateSnapshot();
  const route = useRoute();
  useDocumentAttributes();
  useForgetOnLock();
  useEffect(() => listenToHistoryKeys(window, document.documentElement.dir), []);
  useEffect(() => keepFocus(window), []);
  useOpenAt();
  const ready = state?.phase === 'ready';
  useEffect(() => (ready ? listenToFindKey(window) : undefined), [ready]);
  if (error !== null) {
    return (
      <main className="page start">
        {error.code === 'newer-format' ? (
          // Trying again reads the same settings: only another version of the program helps.
          <ErrorState
            wholePage
            error={error}
            actions={
              <Button variant="primary" onPress={() => window.close()}>
                <Trans>Quit Holdfast</Trans>
              </Button>
            }
          />
        ) : (
          <ErrorState wholePage error={error} onRetry={retry} />
        )}
      </main>
    );
  }
  if (state === null) {
    return (
      <main className="page start" aria-busy="true">
        <div className="start-mark">
          <Mark />
          <h1 className="sr">
            <Trans>Holdfast is starting</Trans>
          </h1>
        </div>
      </main>
    );
  }
  const place = placeFor(state.phase, route);
  return (
    <ErrorBoundary key={place}>
      <Suspense>
        <Content place={place} />
      </Suspense>
    </ErrorBoundary>
  );
}

export function App(): ReactNode {
  return (
    <I18nProvider locale={locale()}>
      <QueryClientProvider client={queries}>
        <ActivityReporter>
          <Frame />
        </ActivityReporter>
        <Toasts />
      </QueryClientProvider>
    </I18nProvider>
  );
}
