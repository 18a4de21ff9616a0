import type { UseFormReturnType } from '@mantine/form';
import { ConsoleApiError } from '../api/console.ts';
import { fieldOf } from './serverFields.ts';

/**
 * Puts a refusal of the server beside the field it is about, and the focus there. Answers what no field of the form can show:
 * hand that to `FormError`.
 *
 * @param names fields of the form by the server's names, where they differ
 */
export function showServerError<Values extends object>(
  form: Pick<UseFormReturnType<Values>, 'getValues' | 'setFieldError' | 'getInputNode'>,
  error: unknown,
  names: Readonly<Record<string, string>> = {},
): unknown {
  if (!(error instanceof ConsoleApiError) || error.field === undefined) return error;
  const field = fieldOf(form.getValues(), error.field, names);
  if (field === undefined) return error;
  form.setFieldError(field, error.message);
  form.getInputNode(field)?.focus();
  return undefined;
}
