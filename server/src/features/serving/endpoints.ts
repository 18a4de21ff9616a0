import { type Endpoint, read, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { wireDate, withoutNulls } from '../../clearml/wire.ts';
import { metricsHistory } from './history.ts';
import { addMetrics, readMetrics } from './metrics.ts';
import { endpointStats, findContainers, type LiveContainer } from './queries.ts';
import { registerContainer, reportContainer, unregisterContainer } from './store.ts';

/** Serving containers say that they are there and how they fare; who owns them and administrators read it. */
export const servingEndpoints: Endpoint[] = [
  write('serving.register_container', async (call, { timeout = 600, ...report }) => {
    if (timeout < 1) throw new ClearmlError('validation_error', 'timeout must be at least 1 second');
    await registerContainer(call, report, timeout);
    return {};
  }),

  write('serving.unregister_container', async (call, { container_id: id }) => {
    if (!(await unregisterContainer(call, id))) {
      throw new ClearmlError('container_not_registered', `container_id=${id}`);
    }
    return {};
  }),

  write('serving.container_status_report', async (call, request) => {
    const { machine_stats, requests_num, requests_min, latency_ms, ...report } = request;
    const { container_id, endpoint_url } = report;
    if (!endpoint_url) {
      throw new ClearmlError(
        'validation_error',
        'endpoint_url is missing: report once the model can be called',
      );
    }
    const metrics = readMetrics({ requests_num, requests_min, latency_ms }, machine_stats);
    await reportContainer(call, report, metrics);
    await addMetrics(call, { container_id, endpoint_url }, metrics);
    return {};
  }),

  read('serving.get_endpoints', async (call) => {
    const rows = await endpointStats(call);
    return { endpoints: rows.map((row) => ({ ...row, last_update: wireDate(row.last_update) })) };
  }),

  read('serving.get_loading_instances', async (call) => {
    const instances = await findContainers(call, null);
    return {
      instances: instances.map((container) =>
        withoutNulls({
          id: container.container_id,
          ...modelInfo(container),
          uptime_sec: container.uptime_sec,
          last_update: wireDate(container.last_report),
          age_sec: Math.floor((call.now.getTime() - container.register_time.getTime()) / 1000),
        }),
      ),
    };
  }),

  read('serving.get_endpoint_details', async (call, { endpoint_url: url }) => {
    const containers = await findContainers(call, url);
    const [newest] = containers;
    if (!newest) throw new ClearmlError('no_containers_for_url', `endpoint_url=${url}`);
    return withoutNulls({
      ...modelInfo(newest),
      uptime_sec: Math.max(...containers.map(({ uptime_sec }) => uptime_sec)),
      last_update: wireDate(newest.last_report),
      instances: containers.map(instanceStats),
    });
  }),

  read('serving.get_endpoint_metrics_history', metricsHistory),
];

/** What a container serves, as the wire names it. */
function modelInfo(container: LiveContainer) {
  const { model_source, model_version, preprocess_artifact, input_type, input_size } = container;
  return {
    endpoint: container.endpoint_name,
    model: container.model_name,
    url: container.endpoint_url,
    ...{ model_source, model_version, preprocess_artifact, input_type, input_size },
  };
}

function instanceStats(container: LiveContainer): object {
  const { uptime_sec, requests, requests_min, latency_ms, cpu_count, gpu_count, reference } = container;
  return withoutNulls({
    id: container.container_id,
    ...{ uptime_sec, requests, requests_min, latency_ms, cpu_count, gpu_count, reference },
    last_update: wireDate(container.last_report),
  });
}
