import { ClearmlError } from '../clearml/errors.ts';
import type { PersonRow } from '../features/users/index.ts';
import type { ConsoleOptions } from './context.ts';
import { ConsoleApiError, notFound } from './errors.ts';

/** Whether the identity provider says who somebody is: each login would overwrite what is changed here. */
export function isProvided(
  { accessRules }: Pick<ConsoleOptions, 'accessRules'>,
  { origin }: Pick<PersonRow, 'origin'>,
): boolean {
  return origin === 'oidc' && accessRules.oidc !== undefined;
}

/**
 * The rules of accounts refuse in the words of the ClearML protocol; this says the same in the console's.
 *
 * @param field of the request that a refusal would be about
 */
export function accountRule(field?: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ClearmlError)) throw error;
    const words = error.message.replace(/^[^:]*: /, '');
    switch (error.code) {
      case 'invalid_user_id':
        throw notFound('user');
      case 'expected_unique_data':
        throw new ConsoleApiError('conflict', words, field);
      default:
        throw new ConsoleApiError('conflict', words, field);
    }
  };
}
