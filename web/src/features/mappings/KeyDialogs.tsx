import type { ConsumerKey } from '@arno/protocol';
import { Button, Group, Modal, Select, TextInput } from '@mantine/core';
import { isNotEmpty, useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../ui/FormError.tsx';
import { Secret } from '../../ui/Secret.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { CallSnippets } from './CallSnippets.tsx';
import type { CallablePath } from './kinds.ts';
import styles from './mappings.module.css';
import { createKey, type NewKey, refreshKeys, rotateKey } from './queries.ts';
import type { Published } from './snippets.ts';

interface Props {
  path: CallablePath;
  published: Published;
  onClose: () => void;
}

const lifetimes = ['30', '90', '365', ''] as const;
const graces = ['0', '1', '24', '168'] as const;

/** Makes a key, and shows it once: by itself and in the calls that it makes. */
export function NewKeyDialog({ path, published, opened, onClose }: Props & { opened: boolean }) {
  const { t } = useTranslation();
  const make = useKeyMutation(path, published, (body: object) => createKey(path, published.id, body));
  const close = () => {
    onClose();
    make.reset();
  };
  return (
    <KeyDialog title={t('mappings.keys.new')} made={make.data} {...{ published, opened }} onClose={close}>
      <NewKeyForm isBusy={make.isPending} error={make.error} onSend={make.mutate} />
    </KeyDialog>
  );
}

interface FormProps {
  isBusy: boolean;
  error: unknown;
  /** Gets the body of the request. */
  onSend: (body: object) => void;
}

function NewKeyForm({ isBusy, error, onSend }: FormProps) {
  const { t } = useTranslation();
  const form = useForm({
    initialValues: { name: '', days: '' },
    validateInputOnBlur: true,
    validate: { name: isNotEmpty(t('mappings.keys.nameMissing')) },
  });
  const submit = form.onSubmit(({ name, days }) =>
    onSend({ name: name.trim(), ...(days && { expires_in_days: Number(days) }) }),
  );
  return (
    <form className={styles.stack} noValidate onSubmit={submit}>
      <FormError error={error} />
      <TextInput
        label={t('keys.name')}
        description={t('mappings.keys.nameHint')}
        maxLength={200}
        required
        data-autofocus
        {...form.getInputProps('name')}
      />
      <Select
        label={t('keys.lifetime')}
        data={lifetimes.map((days) => ({
          value: days,
          label: days ? t('keys.days', { count: Number(days) }) : t('keys.noExpiry'),
        }))}
        allowDeselect={false}
        {...form.getInputProps('days')}
      />
      <Group justify="flex-end">
        <Button type="submit" loading={isBusy}>
          {t('action.create')}
        </Button>
      </Group>
    </form>
  );
}

/** Gives a key another secret; the one before it stays good for a while, so that its program can change over. */
export function RotateKeyDialog({
  path,
  published,
  entry,
  onClose,
}: Props & { entry: ConsumerKey | undefined }) {
  const { t } = useTranslation();
  const rotate = useKeyMutation(path, published, (body: object) =>
    rotateKey(path, published.id, entry?.id ?? '', body),
  );
  const close = () => {
    onClose();
    rotate.reset();
  };
  return (
    <KeyDialog
      title={t('mappings.keys.rotateTitle', { name: entry?.name })}
      made={rotate.data}
      published={published}
      opened={entry !== undefined}
      onClose={close}
    >
      <RotateKeyForm isBusy={rotate.isPending} error={rotate.error} onSend={rotate.mutate} />
    </KeyDialog>
  );
}

function RotateKeyForm({ isBusy, error, onSend }: FormProps) {
  const { t } = useTranslation();
  const form = useForm({ initialValues: { grace: '24', days: 'same' } });
  const submit = form.onSubmit(({ grace, days }) =>
    onSend({ grace_hours: Number(grace), ...(days !== 'same' && { expires_in_days: Number(days) }) }),
  );
  const lives = lifetimes.filter(Boolean).map((value) => ({
    value,
    label: t('keys.days', { count: Number(value) }),
  }));
  return (
    <form className={styles.stack} onSubmit={submit}>
      <FormError error={error} />
      <p>{t('mappings.keys.rotateText')}</p>
      <Select
        label={t('mappings.keys.grace')}
        data={graces.map((value) => ({ value, label: t(`mappings.keys.graces.${value}`) }))}
        allowDeselect={false}
        {...form.getInputProps('grace')}
      />
      <Select
        label={t('keys.lifetime')}
        data={[{ value: 'same', label: t('mappings.keys.sameLife') }, ...lives]}
        allowDeselect={false}
        {...form.getInputProps('days')}
      />
      <Group justify="flex-end">
        <Button type="submit" loading={isBusy}>
          {t('mappings.keys.rotate')}
        </Button>
      </Group>
    </form>
  );
}

function useKeyMutation<Values>(
  path: CallablePath,
  { id }: Published,
  make: (values: Values) => Promise<NewKey>,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: make,
    onSuccess: () => refreshKeys(client, path, id),
  });
}

interface DialogProps {
  title: string;
  /** The secret, when there is one to show. */
  made: NewKey | undefined;
  published: Published;
  opened: boolean;
  onClose: () => void;
  /** What is asked before. */
  children: ReactNode;
}

function KeyDialog({ title, made, published, opened, onClose, children }: DialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={<strong>{made ? t('mappings.keys.ready') : title}</strong>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
      closeOnClickOutside={!made}
      closeOnEscape={!made}
    >
      {made ? (
        <Secret onDone={onClose}>
          <Snippet title={t('mappings.keys.one')} code={made.key} />
          <CallSnippets published={published} token={made.key} />
        </Secret>
      ) : (
        children
      )}
    </Modal>
  );
}
