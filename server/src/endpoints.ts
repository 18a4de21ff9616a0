import type { Endpoint } from './clearml/endpoint.ts';
import { type Auth, authEndpoints } from './features/auth/index.ts';
import { eventsEndpoints } from './features/events/index.ts';
import { modelsEndpoints } from './features/models/index.ts';
import { projectsEndpoints } from './features/projects/index.ts';
import { type QueueWaiters, queuesEndpoints } from './features/queues/index.ts';
import { systemEndpoints } from './features/system/index.ts';
import { tasksEndpoints } from './features/tasks/index.ts';
import { usersEndpoints } from './features/users/index.ts';
import { workersEndpoints } from './features/workers/index.ts';

export interface EndpointParts {
  auth: Auth;
  waiters: QueueWaiters;
  installationId: string;
}

/** Every endpoint of the ClearML API that this server has. */
export function clearmlEndpoints({ auth, waiters, installationId }: EndpointParts): Endpoint[] {
  return [
    ...authEndpoints(auth),
    ...eventsEndpoints(),
    ...modelsEndpoints,
    ...projectsEndpoints,
    ...queuesEndpoints(waiters),
    ...systemEndpoints(installationId),
    ...tasksEndpoints,
    ...usersEndpoints,
    ...workersEndpoints,
  ];
}
