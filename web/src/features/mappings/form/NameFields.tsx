import { Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import type { CallableValues } from './values.ts';

interface Props<Values extends CallableValues> {
  form: UseFormReturnType<Values>;
  isNew: boolean;
}

/** How callers know it. */
export function NameFields<Values extends CallableValues>({ form, isNew }: Props<Values>) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput
        label={t('mappings.alias')}
        description={t('mappings.form.aliasHint')}
        placeholder={isNew ? t('mappings.form.aliasMade') : ''}
        maxLength={63}
        autoCapitalize="none"
        spellCheck={false}
        {...form.getInputProps('alias')}
      />
      <Textarea
        label={t('mappings.about')}
        description={t('mappings.form.aboutHint')}
        autosize
        minRows={1}
        maxRows={8}
        maxLength={4000}
        {...form.getInputProps('description')}
      />
    </>
  );
}
