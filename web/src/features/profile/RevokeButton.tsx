import { Button, Group, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { FormError } from './FormError.tsx';

interface Props {
  name: string;
  /** What stops working. */
  text: string;
  revoke: () => Promise<void>;
  /** The list that changes. */
  queryKey: QueryKey;
}

export function RevokeButton({ name, text, revoke, queryKey }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [opened, { open, close }] = useDisclosure(false);
  const mutation = useMutation({
    mutationFn: revoke,
    onSuccess: () => {
      close();
      notifications.show({ color: 'indigo', message: t('keys.revoked', { name }) });
      return client.invalidateQueries({ queryKey });
    },
  });
  return (
    <>
      <Button
        size="compact-xs"
        variant="subtle"
        color="red"
        onClick={open}
        aria-label={`${t('keys.revoke')} ${name}`}
      >
        {t('keys.revoke')}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={<strong>{t('keys.revokeTitle', { name })}</strong>}
        closeButtonProps={{ 'aria-label': t('action.close') }}
      >
        <FormError error={mutation.error} />
        <Text size="sm">{text}</Text>
        <Group justify="flex-end" mt="lg" gap="sm">
          <Button variant="default" onClick={close}>
            {t('action.cancel')}
          </Button>
          <Button color="red" loading={mutation.isPending} onClick={() => mutation.mutate()} data-autofocus>
            {t('keys.revoke')}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
