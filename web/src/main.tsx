import './app/theme.css';
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '@mantine/core/styles.layer.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { consoleApi } from './api/console.ts';
import { toFailure } from './api/failure.ts';
import { createQueryClient } from './api/queryClient.ts';
import { MessagesOnDemand } from './app/onDemand.tsx';
import { createConsoleRouter } from './app/router.tsx';
import { theme } from './app/theme.ts';
import { startI18n } from './i18n/index.ts';
import { ConfirmProvider } from './ui/Confirm.tsx';

const queryClient = createQueryClient(onSessionEnd);
const router = createConsoleRouter(queryClient);
// public/theme.js reads the same key before the first paint.
const colorSchemes = localStorageColorSchemeManager({ key: 'arno.theme' });

/** Any request may learn that the session is over: the person logs in again and comes back to the same page. */
async function onSessionEnd() {
  if (isAtLogin() || !(await isSessionOver()) || isAtLogin()) return;
  queryClient.clear();
  const next = router.state.location.href;
  await router.navigate({ to: '/login', search: { next, ended: true }, replace: true });
}

const isAtLogin = () => router.state.location.pathname === '/login';

/** A request that was under way while the session was exchanged for another (a new password) is late, and no more. */
function isSessionOver(): Promise<boolean> {
  return consoleApi('GET', 'me').then(
    () => false,
    (error) => toFailure(error).kind === 'login',
  );
}

// A text first drawn in another font would jump when ours arrives; half a second is the most it may cost.
const font = Promise.race([
  document.fonts.load('14px "Inter Variable"'),
  new Promise((done) => setTimeout(done, 500)),
]);
await Promise.all([startI18n(), font]);
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={colorSchemes}>
      <QueryClientProvider client={queryClient}>
        <MessagesOnDemand />
        <ConfirmProvider>
          <RouterProvider router={router} />
        </ConfirmProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
