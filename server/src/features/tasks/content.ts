import { ClearmlError } from '../../clearml/errors.ts';
import { md5 } from '../../platform/ids.ts';
import type { Artifact, Artifacts, Configuration, Hyperparams, TaskModels } from './entity.ts';

/** The parts of a task as clients send them, made whole: each item repeats its own keys, text is trimmed. */

export function taskName(name: string): string {
  const trimmed = name.trim();
  if (trimmed.length < 3) throw new ClearmlError('validation_error', 'name must have at least 3 characters');
  return trimmed;
}

type Loose<Item> = { [Key in keyof Item]?: Item[Key] | undefined };

export function completeHyperparams(
  sections: Record<string, Record<string, Loose<Hyperparams[string][string]>>>,
): Hyperparams {
  return Object.fromEntries(
    Object.entries(sections).map(([section, parameters]) => [
      section,
      Object.fromEntries(
        Object.entries(parameters).map(([name, parameter]) => [
          name,
          { ...parameter, section, name, value: parameter.value ?? '' },
        ]),
      ),
    ]),
  ) as Hyperparams;
}

export function completeConfiguration(items: Record<string, Loose<Configuration[string]>>): Configuration {
  return Object.fromEntries(
    Object.entries(items).map(([name, item]) => [name, { ...item, name, value: item.value ?? '' }]),
  ) as Configuration;
}

/** Key of an artifact inside a task. Source: the protocol, md5(key)_mode. */
export function artifactId(artifact: { key: string; mode?: string | undefined }): string {
  return `${md5(artifact.key)}_${artifact.mode ?? 'output'}`;
}

export function artifactMap(artifacts: readonly (Loose<Artifact> & { key: string })[]): Artifacts {
  const complete = artifacts.map(
    (artifact) => ({ ...artifact, mode: artifact.mode ?? 'output' }) as Artifact,
  );
  return Object.fromEntries(complete.map((artifact) => [artifactId(artifact), artifact]));
}

export function completeModels(models: {
  input?: unknown[] | undefined;
  output?: unknown[] | undefined;
}): TaskModels {
  return { input: [], output: [], ...models } as TaskModels;
}

/** Text of a script without blanks around it, but its diff as it is: that one is a program. */
export function trimmedScript(script: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(script).map(([key, value]) => [
      key,
      typeof value === 'string' && key !== 'diff' ? value.trim() : value,
    ]),
  );
}
