import { Button, Group, Modal } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import type { FormEventHandler, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../ui/FormError.tsx';
import { Secret } from '../../ui/Secret.tsx';
import styles from './profile.module.css';

interface Props<Made, Input> {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** The title once it is made. */
  readyTitle: string;
  create: UseMutationResult<Made, Error, Input>;
  onSubmit: FormEventHandler<HTMLFormElement>;
  /** The fields of the form. */
  children: ReactNode;
  secret: (made: Made) => ReactNode;
}

/** A dialog that makes a secret and then shows it, once: it closes only by an explicit step. */
export function NewSecret<Made, Input>(props: Props<Made, Input>) {
  const { t } = useTranslation();
  const { opened, onClose, title, readyTitle, create, onSubmit, children, secret } = props;
  const made = create.data;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={<strong>{made ? readyTitle : title}</strong>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
      closeOnClickOutside={!made}
    >
      {made ? (
        <Secret onDone={onClose}>{secret(made)}</Secret>
      ) : (
        <form onSubmit={onSubmit} className={styles.form} noValidate>
          <FormError error={create.error} />
          {children}
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
