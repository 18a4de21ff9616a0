import { ActionIcon, Button, TextInput } from '@mantine/core';
import { isNotEmpty, useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { IconPencil } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { sessionQuery, useSession } from '../../api/session.ts';
import { FormError } from '../../ui/FormError.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import styles from './profile.module.css';
import { changeName } from './queries.ts';

/** The person's name, to be changed on the spot unless an identity provider says it. */
export function Name({ isProvided }: { isProvided: boolean }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const [editing, { open, close }] = useDisclosure(false);
  if (editing) return <NameForm onDone={close} />;
  return (
    <>
      {user.name}
      {!isProvided && (
        <ActionIcon size="sm" ml={6} aria-label={t('profile.changeName')} onClick={open}>
          <IconPencil size={15} />
        </ActionIcon>
      )}
    </>
  );
}

function NameForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const client = useQueryClient();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: user.name },
    validateInputOnBlur: true,
    validate: { name: isNotEmpty(t('profile.nameMissing')) },
  });
  const save = useMutation({
    mutationFn: changeName,
    onSuccess: (answer) => {
      client.setQueryData(sessionQuery.queryKey, (session) => session && { ...session, user: answer.user });
      notifyDone(t('profile.nameChanged'));
      onDone();
    },
  });
  return (
    <form className={styles.name} onSubmit={form.onSubmit(({ name }) => save.mutate(name))} noValidate>
      <FormError error={save.error} />
      <TextInput
        size="xs"
        aria-label={t('profile.name')}
        autoComplete="name"
        maxLength={200}
        autoFocus
        onKeyDown={(event) => event.key === 'Escape' && onDone()}
        key={form.key('name')}
        {...form.getInputProps('name')}
      />
      <Button size="xs" type="submit" loading={save.isPending}>
        {t('action.save')}
      </Button>
      <Button size="xs" variant="default" onClick={onDone}>
        {t('action.cancel')}
      </Button>
    </form>
  );
}
