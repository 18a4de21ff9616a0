import type { Arno } from '../lib/arno.ts';
import { clearml } from '../lib/clearml.ts';
import { logIn, type Session } from '../lib/console.ts';

/** Pages that are the same for every installation. */
const fixed = {
  dashboard: '/',
  'task-mappings': '/tasks-mappings',
  'task-mapping-new': '/tasks-mappings/new',
  'endpoint-mappings': '/endpoints-mappings',
  'endpoint-mapping-new': '/endpoints-mappings/new',
  'machine-mappings': '/machines-mappings',
  'machine-mapping-new': '/machines-mappings/new',
  'enqueue-calls': '/calls/enqueue',
  'ondemand-calls': '/calls/ondemand',
  tasks: '/tasks',
  queues: '/queues',
  workers: '/workers',
  worker: '/workers/gpu-01:gpu0',
  users: '/users',
  access: '/access',
  networks: '/access?tab=networks',
  sharing: '/access?tab=sharing',
  audit: '/audit',
  settings: '/settings',
  health: '/health',
  profile: '/profile',
  keys: '/profile/keys',
  missing: '/no/such/page',
};

const taskTabs = ['console', 'scalars', 'configuration', 'execution', 'artifacts', 'info'];

/** Every page of the console by a name for its picture, with one example of each detail. */
export async function pagesOf(arno: Arno): Promise<Record<string, string>> {
  const session = await logIn(arno);
  const call = async (query: string) => (await session.get(`calls?limit=1&${query}`)).items[0].id;
  const { queues } = await clearml(arno, 'queues.get_all', { name: '^gpu$' });
  const { tasks } = await clearml(arno, 'tasks.get_all', { name: '^Vehicle detection yolo11 l$' });
  const { users } = await clearml(arno, 'users.get_all', { name: 'Marco Conti' });
  return {
    ...fixed,
    ...(await mappingPages(session)),
    'enqueue-call': `/calls/enqueue/${await call('kind=enqueue')}`,
    'ondemand-call': `/calls/ondemand/${await call('kind=ondemand&status=failed')}`,
    ...Object.fromEntries(taskTabs.map((tab) => [`task-${tab}`, `/tasks/${tasks[0].id}/${tab}`])),
    queue: `/queues/${queues[0].id}`,
    user: `/users/${users[0].id}`,
  };
}

async function mappingPages(session: Session): Promise<Record<string, string>> {
  const idOf = async (path: string, alias?: string) => {
    const { items } = await session.get(path);
    return (items.find((item: { alias?: string }) => item.alias === alias) ?? items[0]).id;
  };
  const task = `/tasks-mappings/${await idOf('task-mappings', 'pm10-forecast')}`;
  const endpoint = `/endpoints-mappings/${await idOf('endpoint-mappings', 'vehicle-detector')}`;
  return {
    ...{ 'task-mapping': task, 'task-mapping-edit': `${task}/edit`, 'task-mapping-try': `${task}/try` },
    'endpoint-mapping': endpoint,
    'endpoint-mapping-edit': `${endpoint}/edit`,
    'endpoint-mapping-try': `${endpoint}/try`,
    'machine-mapping': `/machines-mappings/${await idOf('machine-mappings')}`,
  };
}
