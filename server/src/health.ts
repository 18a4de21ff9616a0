import { type Kysely, sql } from 'kysely';
import type { Child } from './platform/child.ts';
import type { DB } from './platform/schema.ts';
import type { Roles } from './roles.ts';

export interface HealthReport {
  status: 'ok' | 'starting';
  /** Each role: `ok`, or what it lacks. */
  roles: Record<string, string>;
}

export interface HealthParts {
  db: Kysely<DB>;
  roles: Roles;
  /** The ClearML server that tasks live on, when it is another one. */
  remote: { health: string } | undefined;
  servingUrl: string;
  serving: Child | undefined;
  agent: Child | undefined;
  /** The account of the agent beside this server. */
  agentUser: string;
}

const timeoutMs = 3000;
const doorRoles = ['api', 'files', 'gateway', 'web'] as const;

/**
 * Asks every role how it is; `ok` only when all are up. A ClearML server that tasks live on is told of and not waited for: what it
 * takes no part in goes on without it.
 */
export async function health(parts: HealthParts): Promise<HealthReport> {
  const checks = {
    database: databaseHealth(parts.db),
    ...(parts.serving && { serving: servingHealth(parts) }),
    ...(parts.agent && { agent: agentHealth(parts) }),
  };
  const entries = Object.entries(checks).map(
    async ([role, check]) => [role, await check.catch(reason)] as const,
  );
  // Who can ask has reached the listeners of this process: they open together.
  const roles: Record<string, string> = {
    ...Object.fromEntries(doorRoles.filter((role) => parts.roles.has(role)).map((role) => [role, 'ok'])),
    ...(parts.remote && { clearml: parts.remote.health }),
    ...Object.fromEntries(await Promise.all(entries)),
  };
  const isUp = Object.entries(roles).every(([role, state]) => state === 'ok' || role === 'clearml');
  return { status: isUp ? 'ok' : 'starting', roles };
}

function reason(error: Error): string {
  return error.message || error.name;
}

async function databaseHealth(db: Kysely<DB>): Promise<string> {
  await sql`SELECT 1`.execute(db);
  return 'ok';
}

async function servingHealth({ serving, servingUrl }: HealthParts): Promise<string> {
  if (!serving?.running) return 'not running';
  const response = await fetch(`${servingUrl}/health`, { signal: AbortSignal.timeout(timeoutMs) });
  await response.body?.cancel();
  return response.ok ? 'ok' : `answers ${response.status}`;
}

/** The agent is up when its process runs and its worker has reported since. */
async function agentHealth({ db, agent, agentUser }: HealthParts): Promise<string> {
  if (!agent?.running) return 'not running';
  const { rows } = await sql`
    SELECT FROM workers WHERE user_id = ${agentUser} AND last_activity_time > now() - interval '2 minutes' LIMIT 1`.execute(
    db,
  );
  return rows.length > 0 ? 'ok' : 'not registered yet';
}
