import { type Person, type Role, roles } from '@arno/protocol';
import { Button, Group, Modal, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../ui/FormError.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { showServerError } from '../../ui/serverErrors.ts';
import { FirstLogin } from './FirstLogin.tsx';
import { noPassword, PasswordFields, passwordRules } from './PasswordFields.tsx';
import styles from './people.module.css';
import { createPerson, refreshPeople } from './queries.ts';
import { typedProps } from './typed.ts';

/** Makes an account, and says once what its owner logs in with. */
export function NewPerson({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { form, create, submit, error } = useNewPerson();
  const made = create.data;
  function close() {
    onClose();
    create.reset();
    form.reset();
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      size="lg"
      title={<strong>{made ? t('people.created', { name: made.user.name }) : t('people.newTitle')}</strong>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
      closeOnClickOutside={!made && !form.isDirty()}
    >
      {made?.password ? (
        <FirstLogin person={made.user} password={made.password} onDone={close} />
      ) : (
        <form
          noValidate
          className={styles.form}
          onSubmit={submit(({ user, password }) => {
            if (password) return;
            notifyDone(t('people.created', { name: user.name }));
            close();
          })}
        >
          <FormError error={error} />
          <PersonFields form={form} />
          <PasswordFields label={t('people.password.kind')} form={form} />
          <Group justify="flex-end">
            <Button type="submit" loading={create.isPending}>
              {t('action.create')}
            </Button>
          </Group>
        </form>
      )}
    </Modal>
  );
}

const empty = { username: '', name: '', email: '', role: 'developer' as Role, ...noPassword };

function useNewPerson() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useForm({
    initialValues: empty,
    validate: {
      username: (value) =>
        /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$/.test(value.trim()) ? null : t('people.usernameWrong'),
      name: (value) => (value.trim() ? null : t('people.nameMissing')),
      email: (value) => (/^$|^[^\s@]+@[^\s@]+$/.test(value.trim()) ? null : t('people.emailWrong')),
      ...passwordRules(t('people.password.short')),
    },
  });
  const create = useMutation({
    mutationFn: ({ username, name, email, role, kind, password }: typeof empty) =>
      createPerson({
        ...{ username: username.trim(), name: name.trim(), role },
        ...(email.trim() && { email: email.trim() }),
        ...(kind === 'choose' && { password }),
      }),
    onSuccess: () => refreshPeople(client),
    onError: (error) => void showServerError(form, error),
  });
  const submit = (onMade: (made: { user: Person; password?: string }) => void) =>
    form.onSubmit((values) => create.mutate(values, { onSuccess: onMade }));
  // What stands beside a field need not be said twice.
  const error = Object.keys(form.errors).length > 0 ? undefined : create.error;
  return { form, create, submit, error };
}

function PersonFields({ form }: { form: ReturnType<typeof useNewPerson>['form'] }) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput
        label={t('people.username')}
        description={t('people.usernameHint')}
        required
        maxLength={100}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        data-autofocus
        {...typedProps(form, 'username')}
      />
      <TextInput
        label={t('people.name')}
        required
        maxLength={200}
        autoComplete="off"
        {...typedProps(form, 'name')}
      />
      <TextInput
        label={t('people.email')}
        type="email"
        maxLength={200}
        autoComplete="off"
        {...typedProps(form, 'email')}
      />
      <RoleSelect {...form.getInputProps('role')} />
    </>
  );
}

interface RoleProps {
  value?: string;
  onChange?: (value: string | null) => void;
  disabled?: boolean;
  hint?: string | undefined;
}

/** One of the three roles, with what it may. */
export function RoleSelect({ hint, ...props }: RoleProps) {
  const { t } = useTranslation();
  const chosen = roles.find((role) => role === props.value);
  return (
    <Select
      label={t('people.role')}
      description={hint ?? (chosen && t(`role.${chosen}Text`))}
      data={roles.map((value) => ({ value, label: t(`role.${value}`) }))}
      allowDeselect={false}
      {...props}
    />
  );
}
