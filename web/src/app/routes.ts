import { createRoute } from '@tanstack/react-router';
import { PageMissing } from '../ui/PageStates.tsx';
import { adminRoutes } from './routes/admin.ts';
import { computeRoutes } from './routes/compute.ts';
import { frame, login, rootRoute } from './routes/frame.ts';
import { homeRoutes } from './routes/home.ts';
import { mappingRoutes } from './routes/mappings.ts';
import { profileRoutes } from './routes/profile.ts';
import { taskRoutes } from './routes/tasks.ts';

/** Any other address, said inside the frame. */
const missing = createRoute({
  getParentRoute: () => frame,
  path: '/$',
  staticData: { crumb: 'failure.missing.title' },
  component: PageMissing,
});

export const routeTree = rootRoute.addChildren([
  login,
  frame.addChildren([
    ...homeRoutes,
    ...mappingRoutes,
    ...taskRoutes,
    ...computeRoutes,
    ...adminRoutes,
    ...profileRoutes,
    missing,
  ]),
]);
