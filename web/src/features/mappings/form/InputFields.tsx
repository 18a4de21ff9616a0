import { Button } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { JsonEditor } from '../../../ui/JsonEditor.tsx';
import { firstValue, isObject, type Schema } from '../try/schema.ts';
import { FormSection } from './FormSection.tsx';
import type { CallableValues } from './values.ts';

interface Props<Values extends CallableValues> {
  form: UseFormReturnType<Values>;
  /** Beside the fields: what can fill them in. */
  children?: ReactNode;
}

/** What a call sends: the schema it must fit, and an example, which the server checks against each other. */
export function InputFields<Values extends CallableValues>({ form, children }: Props<Values>) {
  const { t } = useTranslation();
  const schema = schemaIn(form.values.input_schema);
  return (
    <FormSection title={t('mappings.form.input')} text={t('mappings.form.inputText')}>
      {children}
      <JsonEditor
        label={t('mappings.form.schema')}
        description={t('mappings.form.schemaHint')}
        placeholder={'{\n  "type": "object"\n}'}
        {...form.getInputProps('input_schema')}
      />
      <div>
        <JsonEditor
          label={t('mappings.form.example')}
          description={t('mappings.form.exampleHint')}
          placeholder={'{\n  "hours": 24\n}'}
          {...form.getInputProps('example')}
        />
        {schema && form.values.example.trim() === '' && (
          <Button
            mt={8}
            size="compact-xs"
            variant="default"
            onClick={() =>
              form.setFieldValue('example', JSON.stringify(firstValue(schema, schema), null, 2) as never)
            }
          >
            {t('mappings.form.exampleFromSchema')}
          </Button>
        )}
      </div>
    </FormSection>
  );
}

function schemaIn(text: string): Schema | undefined {
  try {
    const schema: unknown = JSON.parse(text);
    return isObject(schema) ? schema : undefined;
  } catch {
    return undefined;
  }
}
