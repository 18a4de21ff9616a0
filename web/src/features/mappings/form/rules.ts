import type { TFunction } from 'i18next';
import { jsonFault } from '../../../ui/jsonText.ts';
import type { CallableValues } from './values.ts';

const aliasPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** What can be told without the server, when the person leaves a field. */
export function callableRules(t: TFunction, isNew: boolean) {
  return {
    alias: (value: string) => {
      if (value.trim() === '') return isNew ? null : t('mappings.form.missing');
      return aliasPattern.test(value.trim()) ? null : t('mappings.form.aliasFault');
    },
    input_schema: (value: string) => schemaFault(t, value),
    example: (value: string) => syntaxFault(t, value),
  } satisfies { [Field in keyof CallableValues]?: (value: CallableValues[Field]) => string | null };
}

export function needed(t: TFunction) {
  return (value: string) => (value.trim() === '' ? t('mappings.form.missing') : null);
}

function schemaFault(t: TFunction, text: string): string | null {
  const fault = syntaxFault(t, text);
  if (fault || text.trim() === '') return fault;
  return /^\s*\{/.test(text) ? null : t('mappings.form.schemaFault');
}

function syntaxFault(t: TFunction, text: string): string | null {
  const fault = jsonFault(text);
  return fault ? t('json.fault', fault) : null;
}
