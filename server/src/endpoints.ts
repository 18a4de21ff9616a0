import type { Endpoint } from './clearml/endpoint.ts';
import { type Auth, authEndpoints } from './features/auth/index.ts';
import { eventsEndpoints } from './features/events/index.ts';
import { modelsEndpoints } from './features/models/index.ts';
import { projectsEndpoints } from './features/projects/index.ts';
import { queuesEndpoints } from './features/queues/index.ts';
import { systemEndpoints } from './features/system/index.ts';
import { tasksEndpoints } from './features/tasks/index.ts';
import { usersEndpoints } from './features/users/index.ts';
import { workersEndpoints } from './features/workers/index.ts';
import type { Notifications } from './platform/notifications.ts';

export interface EndpointParts {
  auth: Auth;
  /** Tells the ids of queues that got a task. */
  queued: Notifications;
  installationId: string;
}

/** Every endpoint of the ClearML API that this server has. */
export function clearmlEndpoints({ auth, queued, installationId }: EndpointParts): Endpoint[] {
  return [
    ...authEndpoints(auth),
    ...eventsEndpoints(),
    ...modelsEndpoints,
    ...projectsEndpoints,
    ...queuesEndpoints(queued),
    ...systemEndpoints(installationId),
    ...tasksEndpoints,
    ...usersEndpoints,
    ...workersEndpoints,
  ];
}
