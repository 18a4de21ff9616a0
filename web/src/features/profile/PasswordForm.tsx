import { Button, Group, PasswordInput } from '@mantine/core';
import { hasLength, isNotEmpty, useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { FormError } from '../../ui/FormError.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { Panel } from '../../ui/Page.tsx';
import { showServerError } from '../../ui/serverErrors.ts';
import styles from './profile.module.css';
import { changePassword, profileQuery } from './queries.ts';

const LEAST_CHARS = 10;

/** Another password, for who knows the present one. All other logins end. */
export function PasswordForm() {
  const { t } = useTranslation();
  const { user } = useSession();
  const { form, change, rest } = usePasswordForm();
  const eye = { 'aria-label': t('login.showPassword') };
  return (
    <Panel title={t('profile.password')}>
      <form className={styles.form} onSubmit={form.onSubmit((values) => change.mutate(values))} noValidate>
        <FormError error={rest} />
        {/* Password managers then know whose password it is. */}
        <input type="text" name="username" autoComplete="username" value={user.username} readOnly hidden />
        <PasswordInput
          label={t('profile.presentPassword')}
          autoComplete="current-password"
          maxLength={1000}
          visibilityToggleButtonProps={eye}
          key={form.key('current')}
          {...form.getInputProps('current')}
        />
        <PasswordInput
          label={t('profile.newPassword')}
          description={t('profile.passwordHint', { count: LEAST_CHARS })}
          autoComplete="new-password"
          maxLength={1000}
          visibilityToggleButtonProps={eye}
          key={form.key('password')}
          {...form.getInputProps('password')}
        />
        <Group justify="flex-end">
          <Button type="submit" variant="default" loading={change.isPending}>
            {t('profile.changePassword')}
          </Button>
        </Group>
      </form>
    </Panel>
  );
}

function usePasswordForm() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [rest, setRest] = useState<unknown>();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { current: '', password: '' },
    validate: {
      current: isNotEmpty(t('login.passwordMissing')),
      password: hasLength({ min: LEAST_CHARS }, t('profile.passwordHint', { count: LEAST_CHARS })),
    },
  });
  const change = useMutation({
    mutationFn: changePassword,
    onMutate: () => setRest(undefined),
    onSuccess: () => {
      form.reset();
      notifyDone(t('profile.passwordChanged'));
      return client.invalidateQueries({ queryKey: profileQuery.queryKey });
    },
    onError: (error) => setRest(showServerError(form, error)),
  });
  return { form, change, rest };
}
