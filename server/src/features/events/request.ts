import type { AllEndpoints, EndpointName } from '@arno/protocol/clearml';
import { ClearmlError } from '../../clearml/errors.ts';

export type Request<Name extends EndpointName> = AllEndpoints[Name]['request'];

/** A count a client asked for, cut to what one answer may hold. */
export function within(value: number, most: number, field: string): number {
  if (value < 1) throw new ClearmlError('validation_error', `${field} must be at least 1`);
  return Math.min(value, most);
}

/** As many tasks as one answer compares. */
export function ownerIds(tasks: string[]): string[] {
  if (tasks.length > maxOwners) {
    throw new ClearmlError(
      'validation_error',
      `tasks holds ${tasks.length} ids: ask for at most ${maxOwners}`,
    );
  }
  return tasks;
}

const maxOwners = 1000;
