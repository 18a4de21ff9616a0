import { atLeast, type Version } from '../../clearml/contracts.ts';
import type { Document } from '../../clearml/wire.ts';
import type { Configuration, Hyperparams, TaskModels } from './entity.ts';

/**
 * Shapes of older protocol versions. Before 2.9 parameters and the model design lived in `execution`; before 2.13 models and
 * the container did. clearml-agent still reads tasks in version 2.5.
 */

/** Adds to a task document the fields a client of this version looks for. */
export function forVersion(version: Version, task: Document): Document {
  if (atLeast(version, 2, 13)) return task;
  const execution = { ...((task.execution as Document | undefined) ?? {}) };
  const output = { ...((task.output as Document | undefined) ?? {}) };
  const models = (task.models ?? { input: [], output: [] }) as Partial<TaskModels>;
  const container = (task.container ?? {}) as { image?: string; arguments?: string };
  if (models.input?.[0]) execution.model = models.input[0].model;
  const lastOutput = models.output?.at(-1);
  if (lastOutput) output.model = lastOutput.model;
  const command = [container.image, container.arguments].filter(Boolean).join(' ');
  if (command) execution.docker_cmd = command;
  if (!atLeast(version, 2, 9)) Object.assign(execution, legacyExecution(task));
  return { ...task, execution, output };
}

function legacyExecution(task: Document): Document {
  const parameters = Object.entries((task.hyperparams ?? {}) as Hyperparams).flatMap(([section, items]) =>
    Object.values(items).map(({ name, value }) => [section === 'Args' ? name : `${section}/${name}`, value]),
  );
  const design = ((task.configuration ?? {}) as Configuration).design;
  return {
    parameters: Object.fromEntries(parameters),
    ...(design && { model_desc: { design: design.value } }),
  };
}

interface LegacyRequest {
  execution?: object | undefined;
  models?: object | undefined;
  hyperparams?: object | undefined;
  configuration?: object | undefined;
  container?: object | undefined;
}

/**
 * Moves what an older client put into `execution` to where it lives now.
 *
 * @param before the task's models so far: such a client knows one input model only, and means to keep the others
 */
export function fromLegacy<Request extends LegacyRequest>(request: Request, before?: TaskModels): Request {
  const { parameters, model_desc, docker_cmd, model, ...execution } = (request.execution ?? {}) as Document;
  const moved: LegacyRequest = {};
  if (typeof model === 'string' && model !== '' && !request.models) {
    const [first, ...others] = before?.input ?? [];
    const input = [{ name: first?.name ?? 'Input Model', model }, ...others];
    moved.models = { input, output: before?.output ?? [] };
  }
  if (parameters && !request.hyperparams) moved.hyperparams = sections(parameters as Record<string, unknown>);
  if (model_desc && !request.configuration) moved.configuration = configurationOf(model_desc as Document);
  if (typeof docker_cmd === 'string' && !request.container) {
    const [image = '', ...rest] = docker_cmd.trim().split(/\s+/);
    moved.container = { image, arguments: rest.join(' ') };
  }
  return { ...request, ...(request.execution && { execution }), ...moved };
}

function sections(parameters: Record<string, unknown>) {
  const result: Record<string, Record<string, { value: string }>> = {};
  for (const [key, value] of Object.entries(parameters)) {
    const [, section = 'Args', name = key] = /^(TF_DEFINE|Args|General)\/(.+)$/s.exec(key) ?? [];
    result[section] = { ...result[section], [name]: { value: String(value) } };
  }
  return result;
}

function configurationOf(description: Document) {
  return Object.fromEntries(
    Object.entries(description).map(([name, value]) => [name, { value: String(value) }]),
  );
}
