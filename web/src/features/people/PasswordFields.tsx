import { PasswordInput, SegmentedControl, Stack, Text } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { typedProps } from './typed.ts';

/** The part of a form that gives somebody a password. */
export interface PasswordValues {
  kind: 'make' | 'choose';
  password: string;
}

export const noPassword: PasswordValues = { kind: 'make', password: '' };

const leastChars = 10;

/** What is wrong with it, as Mantine's forms want it. */
export const passwordRules = (short: string) => ({
  password: (password: string, { kind }: PasswordValues) =>
    kind === 'choose' && password.length < leastChars ? short : null,
});

interface Props {
  label: string;
  // biome-ignore lint/suspicious/noExplicitAny: a form with more fields than these is as good
  form: UseFormReturnType<any>;
}

/** Made up by the server and shown once, or chosen here. Fields `kind` and `password` of the form. */
export function PasswordFields({ label, form }: Props) {
  const { t } = useTranslation();
  const { kind } = form.getValues() as PasswordValues;
  return (
    <Stack gap={6}>
      <Text size="sm" fw={500} id="password-kind">
        {label}
      </Text>
      <SegmentedControl
        aria-labelledby="password-kind"
        data={(['make', 'choose'] as const).map((value) => ({ value, label: t(`people.password.${value}`) }))}
        {...form.getInputProps('kind')}
      />
      {kind === 'make' ? (
        <Text size="xs" c="dimmed">
          {t('people.password.makeHint')}
        </Text>
      ) : (
        <PasswordInput
          aria-label={t('people.password.field')}
          description={t('people.password.hint')}
          autoComplete="new-password"
          maxLength={1000}
          {...typedProps(form, 'password')}
        />
      )}
    </Stack>
  );
}
