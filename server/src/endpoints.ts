import type { Endpoint } from './clearml/endpoint.ts';
import { type Auth, authEndpoints } from './features/auth/index.ts';
import { eventsEndpoints } from './features/events/index.ts';
import type { LeaseSettings } from './features/leases/index.ts';
import { loginEndpoints } from './features/login/index.ts';
import { modelsEndpoints } from './features/models/index.ts';
import { organizationEndpoints } from './features/organization/index.ts';
import { pipelinesEndpoints } from './features/pipelines/index.ts';
import { projectsEndpoints } from './features/projects/index.ts';
import { queuesEndpoints } from './features/queues/index.ts';
import { reportsEndpoints } from './features/reports/index.ts';
import { servingEndpoints } from './features/serving/index.ts';
import { storageEndpoints } from './features/storage/index.ts';
import { systemEndpoints } from './features/system/index.ts';
import { addTaskModel, lockTask, publishTask, tasksEndpoints } from './features/tasks/index.ts';
import { usersEndpoints } from './features/users/index.ts';
import { workersEndpoints } from './features/workers/index.ts';
import type { Notifications } from './platform/notifications.ts';

export interface EndpointParts {
  auth: Auth;
  /** Tells the ids of queues that got a task. */
  queued: Notifications;
  installationId: string;
  leases: LeaseSettings;
  /** Where the single sign-on begins, when there is one. */
  ssoUrl?: string | undefined;
}

/** Every endpoint of the ClearML API that this server has. */
export function clearmlEndpoints({
  auth,
  queued,
  installationId,
  leases,
  ssoUrl,
}: EndpointParts): Endpoint[] {
  const endpoints: Endpoint[] = [
    ...authEndpoints(auth),
    ...eventsEndpoints(),
    ...loginEndpoints(auth, ssoUrl),
    ...modelsEndpoints({ lockTask, publishTask, addTaskModel }),
    ...organizationEndpoints,
    ...pipelinesEndpoints,
    ...projectsEndpoints,
    ...queuesEndpoints(queued, leases.workerTimeout),
    ...reportsEndpoints,
    ...servingEndpoints,
    ...storageEndpoints,
    ...systemEndpoints({ installationId, leases, endpoints: () => endpoints }),
    ...tasksEndpoints,
    ...usersEndpoints,
    ...workersEndpoints,
  ];
  return endpoints;
}
