import type { PersonDetail } from '@arno/protocol';
import { ActionIcon, Button, Group, Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDots, IconKey, IconPencil, IconTrash, IconUserCheck, IconUserOff } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { useConfirm } from '../../ui/Confirm.tsx';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { BelongingsWords } from './BelongingsWords.tsx';
import { EditPerson } from './EditPerson.tsx';
import { NewPassword } from './NewPassword.tsx';
import { belongingsQuery, changePerson, deletePerson, refreshPeople } from './queries.ts';

/** What an administrator does to an account; the agents' own is the server's. */
export function PersonActions({ person }: { person: PersonDetail }) {
  const { t } = useTranslation();
  const [editing, edit] = useDisclosure(false);
  const [renewing, renew] = useDisclosure(false);
  const { setDisabled, remove } = useActions(person);
  const { user } = useSession();
  if (person.origin === 'agent') return null;
  const isSelf = person.id === user.id;
  const isDisabled = person.disabled_at !== undefined;
  return (
    <Group gap={8}>
      <Button variant="default" leftSection={<IconPencil size={16} />} onClick={edit.open}>
        {t('people.action.edit')}
      </Button>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label={t('people.action.more', { name: person.name })}>
            <IconDots size={17} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconKey size={16} />} disabled={person.is_provided} onClick={renew.open}>
            {t('people.action.resetPassword')}
          </Menu.Item>
          <Menu.Item
            leftSection={isDisabled ? <IconUserCheck size={16} /> : <IconUserOff size={16} />}
            disabled={isSelf}
            onClick={() => void setDisabled(!isDisabled)}
          >
            {t(isDisabled ? 'people.action.enable' : 'people.action.disable')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            color="red"
            leftSection={<IconTrash size={16} />}
            disabled={isSelf}
            onClick={() => void remove()}
          >
            {t('people.action.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <EditPerson person={person} opened={editing} onClose={edit.close} />
      <NewPassword person={person} opened={renewing} onClose={renew.close} />
    </Group>
  );
}

function useActions({ id, name, username, origin }: PersonDetail) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const confirm = useConfirm();

  async function setDisabled(disabled: boolean) {
    const run = async () => {
      await changePerson(id, { disabled });
      notifyDone(t(disabled ? 'people.disabledDone' : 'people.enabledDone', { name }));
      await refreshPeople(client);
    };
    if (!disabled) return run().catch((error) => notifyFailure(t('people.action.enable'), error));
    await confirm({
      ...{ title: t('people.disable.title', { name }), text: t('people.disable.text') },
      ...{ action: t('people.action.disable'), run },
    });
  }

  async function remove() {
    const belongings = await client
      .fetchQuery({ ...belongingsQuery(id), staleTime: 0 })
      .catch((error) => notifyFailure(t('people.action.delete'), error));
    if (!belongings) return;
    const done = await confirm({
      title: t('people.delete.title', { name }),
      text: (
        <>
          <BelongingsWords belongings={belongings} />
          <p>
            {t('people.delete.text')} {origin === 'oidc' && t('people.delete.oidc')}
          </p>
        </>
      ),
      ...{ action: t('people.action.delete'), typed: username, run: () => deletePerson(id) },
    });
    if (!done) return;
    notifyDone(t('people.deleted', { name }));
    await navigate({ to: '/users' });
    client.removeQueries({ queryKey: ['people', 'person', id] });
    await refreshPeople(client);
  }

  return { setDisabled, remove };
}
