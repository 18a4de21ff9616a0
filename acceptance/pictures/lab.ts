import type { RequestListener } from 'node:http';
import type { Arno } from '../lib/arno.ts';
import { clearml } from '../lib/clearml.ts';
import type { Session } from '../lib/console.ts';
import { type Machine, startMachine } from '../lib/publish.ts';

/** What the pictures show: a lab that serves a city, as its console looks on a working day. */
export interface Lab {
  people: { id: string; name: string; role: string }[];
  /** Aliases with the mappings' ids. */
  models: { id: string; alias: string; machine: string }[];
  tasks: { id: string; alias: string; taskId: string; name: string }[];
  projects: Record<string, string>;
  queues: Record<string, string>;
  /** Somebody who may call, and no more. */
  guest: { username: string; password: string };
  close(): Promise<void>;
}

const people = [
  ['giulia.ferri', 'Giulia Ferri', 'admin'],
  ['marco.conti', 'Marco Conti', 'developer'],
  ['sofia.marchetti', 'Sofia Marchetti', 'developer'],
  ['luca.bianchi', 'Luca Bianchi', 'developer'],
  ['elena.greco', 'Elena Greco', 'developer'],
  ['davide.serra', 'Davide Serra', 'user'],
  ['chiara.lombardi', 'Chiara Lombardi', 'user'],
  ['traffic-dashboard', 'Traffic dashboard', 'user'],
  ['air-quality-flow', 'Air quality flow', 'user'],
  ['parking-signs', 'Parking signs', 'user'],
] as const;

const projects = [
  'Air quality/PM10 forecast',
  'Traffic/Vehicle detection',
  'Traffic/Flow forecast',
  'Energy/District heating',
  'Vision/MNIST',
];

const taskMappings = [
  {
    alias: 'pm10-forecast',
    name: 'PM10 forecast, 48 hours',
    description: 'Fine dust for the next two days at each station, from weather and traffic.',
    default_queue: 'cpu',
    example: { station: 'Ponte alle Mosse', hours: 48 },
  },
  {
    alias: 'retrain-detector',
    name: 'Retrain the vehicle detector',
    description: 'Trains the detector anew with the pictures of last week.',
    default_queue: 'gpu',
    example: { epochs: 30, learning_rate: 0.001 },
    ...{ access: 'listed', allowed_roles: ['developer'], priority: 'high', calls_per_day: 4 },
  },
  {
    alias: 'heating-plan',
    name: 'District heating plan',
    description: 'When which boiler runs tomorrow.',
    default_queue: 'cpu',
    example: { day: '2026-11-22', boilers: 4 },
  },
];

const modelMappings = [
  {
    alias: 'vehicle-detector',
    endpoint: 'vehicle_detector',
    description: 'Cars, buses, lorries and bicycles that a camera sees now.',
    deadline_ms: 5000,
    calls_per_minute: 600,
    example: { camera: 'Viale Europa 12', least_score: 0.5, night_vision: false },
    input_schema: {
      type: 'object',
      required: ['camera'],
      properties: {
        camera: { enum: ['Viale Europa 12', 'Via Pistoiese 4', 'Ponte alle Mosse'] },
        least_score: { type: 'number', minimum: 0, maximum: 1 },
        night_vision: { type: 'boolean' },
      },
    },
  },
  {
    alias: 'traffic-flow',
    endpoint: 'traffic_flow',
    description: 'Vehicles an hour on 412 streets, an hour ahead.',
    example: { street: 'Via Pistoiese', vehicles: [412, 437, 460, 498] },
    deadline_ms: 10_000,
  },
  {
    alias: 'licence-plates',
    endpoint: 'licence_plates',
    description: 'For the car parks of the city only.',
    deadline_ms: 5000,
    access: 'keys',
    example: { image: '/9j/4AAQ…' },
  },
];

/** Machines that hold these models; each answers every call with the same few objects. */
const machines = [
  ['127.0.0.11', 'GPU server, hall B'],
  ['127.0.0.12', 'GPU server, hall C'],
] as const;

/** Registers people, projects, queues, machines and mappings as an administrator would. */
export async function makeLab(arno: Arno, session: Session): Promise<Lab> {
  const made = [];
  let guest = { username: '', password: '' };
  for (const [username, name, role] of people) {
    const { user, password } = await session.send('POST', 'users', { username, name, role });
    if (role === 'user') guest = { username, password };
    made.push({ id: String(user.id), name, role });
  }
  const projectIds = await idsOf(projects, async (name) => {
    const { id } = await clearml(arno, 'projects.create', { name, description: '' });
    return id;
  });
  const queueIds = await idsOf(['gpu', 'cpu', 'edge'], async (name) => {
    const { id } = await clearml(arno, 'queues.create', { name });
    return id;
  });
  const { models, close } = await makeModels(arno, session, projectIds);
  return {
    ...{ people: made, projects: projectIds, queues: queueIds, models, guest, close },
    tasks: await makeTemplates(arno, session, projectIds),
  };
}

async function idsOf(
  names: string[],
  make: (name: string) => Promise<string>,
): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const name of names) ids[name] = await make(name);
  return ids;
}

const projectOf = (alias: string): string =>
  ({ 'pm10-forecast': 'Air quality/PM10 forecast', 'heating-plan': 'Energy/District heating' })[alias] ??
  'Traffic/Vehicle detection';

async function makeTemplates(arno: Arno, session: Session, ids: Record<string, string>) {
  const tasks: Lab['tasks'] = [];
  for (const { name, ...mapping } of taskMappings) {
    const { id: taskId } = await clearml(arno, 'tasks.create', {
      ...{ name, type: 'inference', project: ids[projectOf(mapping.alias)] },
      script: { repository: 'https://git.example.org/lab/models.git', branch: 'main', entry_point: 'run.py' },
      hyperparams: { Args: argumentsOf(mapping.example) },
    });
    const { id } = await session.send('POST', 'task-mappings', { task_id: taskId, ...mapping });
    tasks.push({ id, taskId, name, alias: mapping.alias });
  }
  return tasks;
}

function argumentsOf(example: object): object {
  const entries = Object.entries(example).map(([name, value]) => [
    name,
    { section: 'Args', name, value: String(value) },
  ]);
  return Object.fromEntries(entries);
}

const answer: RequestListener = (request, response) => {
  const body = {
    objects: [
      { label: 'bus', score: 0.97 },
      { label: 'car', score: 0.94 },
    ],
  };
  request.resume().on('end', () => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
};

async function makeModels(arno: Arno, session: Session, ids: Record<string, string>) {
  const project = ids['Traffic/Vehicle detection'];
  const serving = { name: 'Serving of the traffic models', type: 'service', project };
  const { id: servingTask } = await clearml(arno, 'tasks.create', serving);
  const open: (Machine & { base_url: string })[] = [];
  for (const [host, description] of machines) {
    const machine = await startMachine(answer, host);
    const base_url = `${machine.url}/serve`;
    await session.send('POST', 'machine-mappings', { serving_task_id: servingTask, base_url, description });
    open.push({ ...machine, base_url });
  }
  const models: Lab['models'] = [];
  for (const [index, mapping] of modelMappings.entries()) {
    const input = { serving_task_id: servingTask, ...mapping };
    const { id } = await session.send('POST', 'endpoint-mappings', input);
    models.push({ id, alias: mapping.alias, machine: open[index % open.length]?.base_url ?? '' });
  }
  const close = async () => {
    for (const machine of open) await machine.close();
  };
  return { models, close };
}
