import type { Scope } from '../../clearml/endpoint.ts';
import { type SingleValue, singleValuesOf } from './single-values.ts';

export { deleteTaskEvents } from './deletion.ts';
export { debugImages, getMultiTaskPlots } from './document-endpoints.ts';
export { eventsEndpoints } from './endpoints.ts';
export { lastMetricsOf } from './last-metrics.ts';
export { compareScalars, getTaskSingleValueMetrics } from './scalar-endpoints.ts';
export { dropOldReceipts, sweepEvents } from './sweep.ts';
export type { SingleValue };

/** What a task reported with `report_single_value`, by metric and variant. The caller has checked that the task may be read. */
export async function singleValues(scope: Scope, taskId: string): Promise<SingleValue[]> {
  return (await singleValuesOf(scope.db, [taskId])).get(taskId) ?? [];
}
