import type { EndpointName } from '@arno/protocol/clearml';
import type { Contract } from './contracts.ts';
import type { Caller } from './endpoint.ts';
import { ClearmlError } from './errors.ts';

/** Which of the protocol's roles each of ours stands for. An end user only uses the gateway. */
const protocolRoles: Record<Caller['role'], readonly string[]> = {
  admin: ['user', 'admin', 'root', 'system'],
  developer: ['user'],
  user: ['guest'],
};

/** All that an agent calls by itself; what its tasks do, they do with their owners' rights. */
const agentEndpoints = new Set<string>([
  'auth.get_token_for_task',
  'auth.logout',
  'events.add_batch',
  'queues.get_all',
  'queues.get_by_id',
  'queues.get_default',
  'queues.get_next_task',
  'queues.wait_for_task',
  'tasks.add_or_update_artifacts',
  'tasks.completed',
  'tasks.failed',
  'tasks.get_all',
  'tasks.get_by_id',
  'tasks.ping',
  'tasks.started',
  'tasks.stopped',
  'users.get_current_user',
  'workers.register',
  'workers.status_report',
  'workers.unregister',
] satisfies EndpointName[]);

/** What would outlive the task: the program of a task has no business with the keys of its owner. */
const personalEndpoints = new Set<string>([
  'auth.create_credentials',
  'auth.edit_credentials',
  'auth.get_credentials',
  'auth.revoke_credentials',
  'users.set_preferences',
  'users.update',
] satisfies EndpointName[]);

/**
 * Whether the caller may call the endpoint at all; which rows it then reaches is part of each query.
 *
 * @throws ClearmlError 403/20
 */
export function requireRole({ name, roles }: Contract, caller: Caller): void {
  if (mayCall(name, roles, caller)) return;
  const who = caller.isAgent ? 'agents' : caller.task ? 'the programs of tasks' : `the role ${caller.role}`;
  throw new ClearmlError('role_not_allowed', `${name} is not open to ${who}`);
}

function mayCall(name: string, roles: readonly string[] | undefined, caller: Caller): boolean {
  if (caller.isAgent) return agentEndpoints.has(name);
  if (caller.task !== undefined && personalEndpoints.has(name)) return false;
  // A program gets no administration with its administrator's data.
  const held = protocolRoles[caller.task === undefined ? caller.role : 'developer'];
  return roles === undefined || held.some((role) => roles.includes(role));
}
