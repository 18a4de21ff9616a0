import type { User } from '@arno/protocol';
import { Alert, Button, PasswordInput, TextInput } from '@mantine/core';
import { hasLength, useForm } from '@mantine/form';
import { useDocumentTitle } from '@mantine/hooks';
import { IconAlertCircle, IconClockOff } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ConsoleApiError, consoleApi } from '../../api/console.ts';
import { toFailure } from '../../api/failure.ts';
import { basePath } from '../../app/base.ts';
import { Logo } from '../../app/Logo.tsx';
import { LanguageChoice, ThemeChoice } from '../../app/ProfileMenu.tsx';
import styles from './LoginPage.module.css';
import { SingleSignOn } from './SingleSignOn.tsx';
import { safeTarget } from './target.ts';

interface Credentials {
  username: string;
  password: string;
}

export function LoginPage() {
  const { t } = useTranslation();
  useDocumentTitle(`${t('login.title')} · Arno`);
  return (
    <div className={styles.page}>
      <main className={styles.card}>
        <div className={styles.brand}>
          <Logo size={40} />
          <h1 className={styles.title}>{t('login.heading')}</h1>
          <p className="dim">{t('login.text')}</p>
        </div>
        <LoginForm />
        <SingleSignOn />
      </main>
      <footer className={styles.choices}>
        <LanguageChoice />
        <ThemeChoice />
      </footer>
    </div>
  );
}

function LoginForm() {
  const { t } = useTranslation();
  const { ended } = getRouteApi('/login').useSearch();
  const login = useLogin();
  const form = useForm<Credentials>({
    mode: 'uncontrolled',
    initialValues: { username: '', password: '' },
    validateInputOnBlur: true,
    validate: {
      username: hasLength({ min: 1, max: 200 }, t('login.usernameMissing')),
      password: hasLength({ min: 1, max: 1000 }, t('login.passwordMissing')),
    },
  });
  return (
    <form className={styles.form} onSubmit={form.onSubmit((values) => login.mutate(values))} noValidate>
      {ended && !login.isError && (
        <Alert color="yellow" variant="light" icon={<IconClockOff size={18} />} role="status">
          {t('login.ended')}
        </Alert>
      )}
      {login.isError && (
        <Alert color="red" variant="light" icon={<IconAlertCircle size={18} />} role="alert">
          {t(loginErrorKey(login.error))}
        </Alert>
      )}
      <TextInput
        label={t('login.username')}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        size="md"
        data-autofocus
        autoFocus
        key={form.key('username')}
        {...form.getInputProps('username')}
      />
      <PasswordInput
        label={t('login.password')}
        autoComplete="current-password"
        size="md"
        visibilityToggleButtonProps={{ 'aria-label': t('login.showPassword') }}
        key={form.key('password')}
        {...form.getInputProps('password')}
      />
      <Button type="submit" size="md" fullWidth loading={login.isPending} mt={4}>
        {t('login.submit')}
      </Button>
    </form>
  );
}

function useLogin() {
  const client = useQueryClient();
  const router = useRouter();
  const { next } = getRouteApi('/login').useSearch();
  return useMutation({
    mutationFn: (body: Credentials) => consoleApi<{ user: User }>('POST', 'login', { body }),
    onSuccess: () => {
      // What another person saw on this screen must not be shown, not even for a moment.
      client.clear();
      router.history.push(basePath + safeTarget(next));
    },
  });
}

function loginErrorKey(error: unknown) {
  if (error instanceof ConsoleApiError && error.status === 429) return 'login.tooMany';
  const { kind } = toFailure(error);
  if (kind === 'login' || kind === 'forbidden') return 'login.wrong';
  return kind === 'offline' ? 'login.offline' : 'login.failed';
}
