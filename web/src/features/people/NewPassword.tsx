import type { PersonDetail } from '@arno/protocol';
import { Button, Group, Modal, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../ui/FormError.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { FirstLogin } from './FirstLogin.tsx';
import { noPassword, PasswordFields, passwordRules } from './PasswordFields.tsx';
import styles from './people.module.css';
import { refreshPeople, resetPassword } from './queries.ts';

interface Props {
  person: PersonDetail;
  opened: boolean;
  onClose: () => void;
}

/** Gives somebody another password, made up and shown once, or chosen. */
export function NewPassword({ person, opened, onClose }: Props) {
  const { t } = useTranslation();
  const { id, name } = person;
  const client = useQueryClient();
  const form = useForm({
    initialValues: noPassword,
    validate: passwordRules(t('people.password.short')),
  });
  const reset = useMutation({
    mutationFn: ({ kind, password }: typeof form.values) =>
      resetPassword(id, kind === 'choose' ? password : undefined),
    onSuccess: ({ password }) => {
      if (!password) {
        notifyDone(t('people.password.set', { name }));
        close();
      }
      return refreshPeople(client);
    },
  });
  function close() {
    onClose();
    reset.reset();
    form.reset();
  }
  const password = reset.data?.password;
  const title = t(password ? 'people.password.ready' : 'people.password.resetTitle', { name });
  return (
    <Modal
      opened={opened}
      onClose={close}
      size="lg"
      title={<strong>{title}</strong>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
      closeOnClickOutside={!password}
    >
      {password ? (
        <FirstLogin person={person} password={password} onDone={close} />
      ) : (
        <form noValidate className={styles.form} onSubmit={form.onSubmit((values) => reset.mutate(values))}>
          <FormError error={reset.error} />
          <Text size="sm">{t('people.password.resetText', { name })}</Text>
          <PasswordFields label={t('people.password.resetKind')} form={form} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={close}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={reset.isPending}>
              {t('people.action.resetPassword')}
            </Button>
          </Group>
        </form>
      )}
    </Modal>
  );
}
