import { wordsOf } from './config/reading.ts';

/** The parts of the platform; one process runs all of them, or those that it is told to. */
export const roleNames = ['api', 'files', 'web', 'gateway', 'serving', 'agent', 'jobs'] as const;
export type Role = (typeof roleNames)[number];
export type Roles = ReadonlySet<Role>;

/** A list such as `gateway,web`: the roles it names, and what of it names none. */
export function parseRoles(list: string): { roles: Set<Role>; unknown: string[] } {
  const names = wordsOf(list);
  const isRole = (name: string): name is Role => roleNames.some((role) => role === name);
  return { roles: new Set(names.filter(isRole)), unknown: names.filter((name) => !isRole(name)) };
}
