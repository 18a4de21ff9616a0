import type { PersonName, ProjectShares } from '@arno/protocol';
import { ActionIcon, Button, Group, Modal, Select, Skeleton } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconTrash, IconUsers } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../ui/FormError.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import styles from './access.module.css';
import { namesQuery, saveShares, sharesQuery } from './queries.ts';

interface Props {
  /** Id; undefined while none is open. */
  project: string | undefined;
  name: string | undefined;
  onClose: () => void;
}

/** With whom a project is shared, and who may change what is in it. */
export function ShareEditor({ project, name, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={project !== undefined}
      onClose={onClose}
      size="lg"
      title={<strong>{t('access.shares.title', { name: name ?? '' })}</strong>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {project && <Shares project={project} name={name ?? project} onClose={onClose} />}
    </Modal>
  );
}

function Shares({ project, name, onClose }: { project: string; name: string; onClose: () => void }) {
  const { data, isError, error, refetch } = useQuery(sharesQuery(project));
  if (isError && !data) return <FailureMessage error={error} onRetry={refetch} />;
  if (!data) return <Skeleton height={180} />;
  return <ShareForm shares={data} {...{ project, name, onClose }} />;
}

/** Somebody, or everybody without an id. */
interface Share {
  id: string | undefined;
  name: string;
  canWrite: boolean;
}

interface FormProps {
  shares: ProjectShares;
  project: string;
  name: string;
  onClose: () => void;
}

function ShareForm({ shares: { owner, shares }, project, name, onClose }: FormProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [list, setList] = useState<Share[]>(() =>
    shares.map(({ user, can_write }) => ({ id: user?.id, name: user?.name ?? '', canWrite: can_write })),
  );
  const save = useMutation({
    mutationFn: () =>
      saveShares(
        project,
        list.map(({ id, canWrite }) => ({ ...(id && { user_id: id }), can_write: canWrite })),
      ),
    onSuccess: () => {
      notifyDone(t('access.shares.saved', { name }));
      onClose();
      return client.invalidateQueries({ queryKey: ['access'] });
    },
  });
  const put = (share: Share) => setList([...list.filter(({ id }) => id !== share.id), share]);
  const taken = new Set([owner.id, ...list.map(({ id }) => id)]);
  return (
    <div className={styles.form}>
      <FormError error={save.error} />
      <p className="dim">{t('access.shares.text', { owner: owner.name })}</p>
      <ul className={styles.shares}>
        {list.map((share) => (
          <ShareRow
            key={share.id ?? ''}
            share={share}
            onChange={(canWrite) =>
              setList(list.map((each) => (each === share ? { ...share, canWrite } : each)))
            }
            onRemove={() => setList(list.filter((each) => each !== share))}
          />
        ))}
        {list.length === 0 && <li className="dim">{t('access.shares.none')}</li>}
      </ul>
      <AddShare taken={taken} onAdd={({ id, name: added }) => put({ id, name: added, canWrite: false })} />
      <Group justify="space-between" gap="sm">
        <Button
          variant="default"
          leftSection={<IconUsers size={16} />}
          disabled={taken.has(undefined)}
          onClick={() => put({ id: undefined, name: '', canWrite: false })}
        >
          {t('access.shares.addEverybody')}
        </Button>
        <Group gap="sm">
          <Button variant="default" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button loading={save.isPending} onClick={() => save.mutate()}>
            {t('action.save')}
          </Button>
        </Group>
      </Group>
    </div>
  );
}

interface RowProps {
  share: Share;
  onChange: (canWrite: boolean) => void;
  onRemove: () => void;
}

function ShareRow({ share, onChange, onRemove }: RowProps) {
  const { t } = useTranslation();
  const name = share.id === undefined ? t('access.sharing.everybody') : share.name;
  return (
    <li className={styles.share}>
      <span className={styles.shareName}>{name}</span>
      <Select
        size="xs"
        aria-label={t('access.shares.right', { name })}
        data={(['read', 'write'] as const).map((value) => ({ value, label: t(`access.shares.${value}`) }))}
        allowDeselect={false}
        value={share.canWrite ? 'write' : 'read'}
        onChange={(right) => onChange(right === 'write')}
      />
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t('access.shares.remove', { name })}
        onClick={onRemove}
      >
        <IconTrash size={16} />
      </ActionIcon>
    </li>
  );
}

interface AddProps {
  /** Ids of those who have the project already. */
  taken: ReadonlySet<string | undefined>;
  onAdd: (person: PersonName) => void;
}

function AddShare({ taken, onAdd }: AddProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed, 200);
  const people = (useQuery(namesQuery(q)).data?.items ?? []).filter(({ id }) => !taken.has(id));
  return (
    <Select
      label={t('access.shares.add')}
      placeholder={t('access.shares.addHint')}
      searchable
      searchValue={typed}
      onSearchChange={setTyped}
      // The server has searched already, also by what is not shown.
      filter={({ options }) => options}
      data={people.map(({ id, name, username }) => ({ value: id, label: `${name} (${username})` }))}
      value={null}
      onChange={(id) => {
        const person = people.find((each) => each.id === id);
        if (person) onAdd(person);
        setTyped('');
      }}
      nothingFoundMessage={t('filter.nothing')}
    />
  );
}
