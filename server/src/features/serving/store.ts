import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { withoutNulls } from '../../clearml/wire.ts';
import { json } from '../../platform/database.ts';
import type { Metrics } from './metrics.ts';

/** What a container says of itself. */
export interface ContainerReport {
  container_id: string;
  endpoint_name: string;
  endpoint_url?: string;
  model_name: string;
  model_source?: string;
  model_version?: string;
  preprocess_artifact?: string;
  input_type?: string;
  input_size?: string;
  reference?: { type: string; value: string }[];
  uptime_sec?: number;
}

/** A container that never registered reports for as long as the protocol's default registration. */
const defaultTimeoutSeconds = 600;

/** Notes a container, or anew one that is known. @param timeout seconds without a report after which it is gone */
export async function registerContainer(
  scope: Scope,
  report: ContainerReport,
  timeout: number,
): Promise<void> {
  const since = { register_time: scope.now, register_timeout: timeout };
  await upsert(scope, report, since, { ...since, endpoint_url: report.endpoint_url ?? null });
}

/** Notes how a container fares; one that did not register is registered by this. */
export async function reportContainer(
  scope: Scope,
  report: ContainerReport,
  metrics: Metrics,
): Promise<void> {
  const { requests, requests_min, latency_ms, cpu_count, gpu_count } = metrics;
  const numbers = { uptime_sec: report.uptime_sec, requests, requests_min, latency_ms, cpu_count, gpu_count };
  const known = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined));
  const since = { register_time: scope.now, register_timeout: defaultTimeoutSeconds };
  await upsert(scope, report, { ...since, ...known }, known);
}

/** @throws ClearmlError 400/1050 when the id is another person's */
async function upsert(
  { db, caller, now }: Scope,
  report: ContainerReport,
  inserted: { register_time: Date; register_timeout: number },
  updated: Record<string, unknown>,
): Promise<void> {
  const { company, userId } = caller;
  const { container_id } = report;
  const own = { ...description(report), user_id: userId, last_report: now };
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('serving_containers')
    .values({ company, container_id, ...own, ...inserted })
    .onConflict((conflict) =>
      conflict
        .columns(['company', 'container_id'])
        .doUpdateSet({ ...own, ...updated })
        // Ids are the containers' own choice: nobody takes over that of somebody else while it lives.
        .where((row) =>
          row.or([
            row('serving_containers.user_id', '=', userId),
            sql<boolean>`serving_containers.last_report < ${now}::timestamptz
              - serving_containers.register_timeout * interval '1 second'`,
          ]),
        ),
    )
    .executeTakeFirst();
  if (!numInsertedOrUpdatedRows) {
    throw new ClearmlError('invalid_container_id', `container_id=${container_id} is another container's`);
  }
}

/** What of a report is kept as it is; requests carry keys of their clients' own, which must not become columns. */
function description(report: ContainerReport) {
  const { endpoint_name, model_name, reference = [] } = report;
  const { endpoint_url, model_source, model_version, preprocess_artifact, input_type, input_size } = report;
  return {
    ...{ endpoint_name, model_name, reference: json(reference) },
    ...withoutNulls({
      ...{ endpoint_url, model_source, model_version },
      ...{ preprocess_artifact, input_type, input_size },
    }),
  };
}

/** Whether the caller had such a container. */
export async function unregisterContainer({ db, caller }: Scope, id: string): Promise<boolean> {
  let deletion = db
    .deleteFrom('serving_containers')
    .where('company', '=', caller.company)
    .where('container_id', '=', id);
  if (caller.role !== 'admin') deletion = deletion.where('user_id', '=', caller.userId);
  const { numDeletedRows } = await deletion.executeTakeFirst();
  return numDeletedRows > 0n;
}
