import type { PersonDetail } from '@arno/protocol';
import { Button, Group, Modal, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { sessionQuery, useSession } from '../../api/session.ts';
import { FormError } from '../../ui/FormError.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { showServerError } from '../../ui/serverErrors.ts';
import { RoleSelect } from './NewPerson.tsx';
import styles from './people.module.css';
import { changePerson, refreshPeople } from './queries.ts';

interface Props {
  person: PersonDetail;
  opened: boolean;
  onClose: () => void;
}

/** Edits name, e-mail address and role. */
export function EditPerson({ person, opened, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={<strong>{t('people.edit', { name: person.name })}</strong>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <EditForm person={person} onClose={onClose} />
    </Modal>
  );
}

function EditForm({ person, onClose }: Omit<Props, 'opened'>) {
  const { t } = useTranslation();
  const { user } = useSession();
  const { form, save, error } = useEdit(person, onClose);
  const isSelf = person.id === user.id;
  const { is_provided: isProvided } = person;
  const hint = isProvided ? t('people.provided') : undefined;
  return (
    <form noValidate className={styles.form} onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <FormError error={error} />
      <TextInput
        label={t('people.name')}
        description={hint}
        disabled={isProvided}
        required
        maxLength={200}
        data-autofocus
        {...form.getInputProps('name')}
      />
      <TextInput
        label={t('people.email')}
        description={hint}
        disabled={isProvided}
        type="email"
        maxLength={200}
        {...form.getInputProps('email')}
      />
      <RoleSelect
        disabled={isProvided || isSelf}
        hint={hint ?? (isSelf ? t('people.roleOwn') : undefined)}
        {...form.getInputProps('role')}
      />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>
          {t('action.cancel')}
        </Button>
        <Button type="submit" disabled={isProvided} loading={save.isPending}>
          {t('action.save')}
        </Button>
      </Group>
    </form>
  );
}

function useEdit({ id, name, email = '', role }: PersonDetail, onClose: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useForm({
    initialValues: { name, email, role },
    validateInputOnBlur: true,
    validate: {
      name: (value) => (value.trim() ? null : t('people.nameMissing')),
      email: (value) => (/^$|^[^\s@]+@[^\s@]+$/.test(value.trim()) ? null : t('people.emailWrong')),
    },
  });
  const save = useMutation({
    mutationFn: (values: typeof form.values) =>
      changePerson(id, {
        ...(values.name !== name && { name: values.name.trim() }),
        ...(values.email !== email && { email: values.email.trim() }),
        ...(values.role !== role && { role: values.role }),
      }),
    onSuccess: (changed) => {
      notifyDone(t('people.edited', { name: changed.name }));
      onClose();
      // One's own name stands in the frame.
      return Promise.all([refreshPeople(client), client.invalidateQueries(sessionQuery)]);
    },
    onError: (error) => void showServerError(form, error),
  });
  const error = Object.keys(form.errors).length > 0 ? undefined : save.error;
  return { form, save, error };
}
