import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';

interface InstallationStats {
  users: number;
  projects: number;
  models: number;
  queues: { total: number; waiting_tasks: number };
  /** `active` ones work on a task. */
  workers: { total: number; active: number };
  /** By status. */
  tasks: Record<string, number>;
}

/** How much there is of everything in the caller's company. */
export async function installationStats({ db, caller: { company }, now }: Scope): Promise<InstallationStats> {
  const { rows } = await sql<InstallationStats>`
    SELECT
      (SELECT count(*) FROM users WHERE company = ${company}) AS users,
      (SELECT count(*) FROM projects WHERE company = ${company}) AS projects,
      (SELECT count(*) FROM models WHERE company = ${company}) AS models,
      (SELECT jsonb_build_object('total', count(*), 'waiting_tasks', coalesce(sum(
                (SELECT count(*) FROM waiting_entries WHERE queue_id = queues.id)), 0))
       FROM queues WHERE company = ${company}) AS queues,
      (SELECT jsonb_build_object('total', count(*), 'active', count(task_id)) FROM workers
       WHERE company = ${company}
         AND last_activity_time > ${now}::timestamptz - make_interval(secs => register_timeout)) AS workers,
      (SELECT coalesce(jsonb_object_agg(status, number), '{}')
       FROM (SELECT status, count(*) AS number FROM tasks WHERE company = ${company} GROUP BY status) AS by_status)
        AS tasks`.execute(db);
  return rows[0] as InstallationStats;
}
