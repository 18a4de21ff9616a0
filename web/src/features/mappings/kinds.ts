import type { EndpointMapping, MachineMapping, TaskMapping } from '@arno/protocol';

/** The three registrations: path of the API -> its rows. */
export interface Mappings {
  'task-mappings': TaskMapping;
  'endpoint-mappings': EndpointMapping;
  'machine-mappings': MachineMapping;
}
export type MappingPath = keyof Mappings;
/** Those that can be called. */
export type CallablePath = Exclude<MappingPath, 'machine-mappings'>;

/** Addresses of the pages of each. */
export const pagesOf = {
  'task-mappings': {
    list: '/tasks-mappings',
    create: '/tasks-mappings/new',
    view: '/tasks-mappings/$id',
    edit: '/tasks-mappings/$id/edit',
    call: '/tasks-mappings/$id/try',
  },
  'endpoint-mappings': {
    list: '/endpoints-mappings',
    create: '/endpoints-mappings/new',
    view: '/endpoints-mappings/$id',
    edit: '/endpoints-mappings/$id/edit',
    call: '/endpoints-mappings/$id/try',
  },
  'machine-mappings': {
    list: '/machines-mappings',
    create: '/machines-mappings/new',
    view: '/machines-mappings/$id',
    edit: '/machines-mappings/$id/edit',
  },
} as const satisfies Record<MappingPath, object>;

/** The address of a page of one mapping. A link to one of several routes cannot be typed as a route. */
export function addressOf(page: string, id: string): string {
  return page.replace('$id', id);
}

/** What people know a mapping by. */
export function nameOf(row: TaskMapping | EndpointMapping | MachineMapping): string {
  return 'base_url' in row ? row.base_url : row.alias;
}
