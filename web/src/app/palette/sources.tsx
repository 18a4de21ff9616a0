import type {
  EndpointMapping,
  MachineMapping,
  PersonName,
  Queue,
  TaskMapping,
  TaskSummary,
  Worker,
} from '@arno/protocol';
import {
  IconCpu,
  IconFlask,
  IconPlugConnected,
  IconRoute,
  IconServer2,
  IconStack2,
  IconUser,
} from '@tabler/icons-react';
import type { NavigateOptions } from '@tanstack/react-router';
import type { ParseKeys } from 'i18next';
import { consoleApi, withQuery } from '../../api/console.ts';
import type { Session } from '../../api/session.ts';
import { StatusBadge } from '../../ui/Status.tsx';
import { type Entry, matching } from './entries.ts';

export type Go = (to: NavigateOptions) => void;

/** One kind of thing that is looked for by its name. */
export interface Source {
  title: ParseKeys;
  /** Path of the console's API, and its parameter for how many are wanted; without it all come and are looked through here. */
  path: string;
  limit?: string;
  /** What a row looks like in the palette, and where it leads. */
  entry: (row: never, go: Go) => Entry;
}

/** What the person may look for, in the order it is listed. An end user may look for nothing. */
export function sourcesFor({ user, server }: Session): Source[] {
  if (user.role === 'user') return [];
  return [
    { title: 'palette.mappings', path: 'task-mappings', limit: 'page_size', entry: taskMapping },
    { title: 'palette.mappings', path: 'endpoint-mappings', limit: 'page_size', entry: endpointMapping },
    { title: 'palette.mappings', path: 'machine-mappings', limit: 'page_size', entry: machineMapping },
    { title: 'nav.tasks', path: 'tasks', limit: 'limit', entry: task },
    ...(server.tracking.here ? compute : []),
    ...(user.role === 'admin' ? people : []),
  ];
}

/** Finds at most `most` things by words. */
export async function findIn(
  { path, limit, entry }: Source,
  { words, most, go }: { words: string; most: number; go: Go },
  signal: AbortSignal,
): Promise<Entry[]> {
  const query = limit ? { q: words, [limit]: most } : {};
  const { items } = await consoleApi<{ items: never[] }>('GET', withQuery(path, query), { signal });
  const entries = items.map((row) => entry(row, go));
  return (limit ? entries : matching(entries, words)).slice(0, most);
}

const taskMapping: Source['entry'] = ({ id, alias, task_name }: TaskMapping, go) => ({
  ...{ id, label: alias, icon: IconRoute, description: task_name },
  run: () => go({ to: '/tasks-mappings/$id', params: { id } }),
});

const endpointMapping: Source['entry'] = ({ id, alias, endpoint }: EndpointMapping, go) => ({
  ...{ id, label: alias, icon: IconPlugConnected, description: endpoint },
  run: () => go({ to: '/endpoints-mappings/$id', params: { id } }),
});

const machineMapping: Source['entry'] = ({ id, base_url, description }: MachineMapping, go) => ({
  ...{ id, label: base_url, icon: IconServer2, description: description ?? undefined },
  run: () => go({ to: '/machines-mappings/$id', params: { id } }),
});

const task: Source['entry'] = ({ id, name, status }: TaskSummary, go) => ({
  ...{ id, label: name, icon: IconFlask, aside: <StatusBadge status={status} /> },
  run: () => go({ to: '/tasks/$id', params: { id } }),
});

const compute: readonly Source[] = [
  {
    title: 'nav.queues',
    path: 'queues',
    entry: ({ id, name }: Queue, go) => ({
      ...{ id, label: name, icon: IconStack2 },
      run: () => go({ to: '/queues/$id', params: { id } }),
    }),
  },
  {
    title: 'nav.workers',
    path: 'workers',
    entry: ({ id, host }: Worker, go) => ({
      ...{ id, label: id, icon: IconCpu, description: host },
      run: () => go({ to: '/workers/$id', params: { id } }),
    }),
  },
];

const people: readonly Source[] = [
  {
    title: 'nav.users',
    path: 'users',
    limit: 'page_size',
    entry: ({ id, name, username }: PersonName, go) => ({
      ...{ id, label: name, icon: IconUser, description: username },
      run: () => go({ to: '/users/$id', params: { id } }),
    }),
  },
];
