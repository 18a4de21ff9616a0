import { Button, Skeleton } from '@mantine/core';
import { IconPencil, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Field, Fields } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { Sheet } from '../../ui/SplitView.tsx';
import { ExactTime } from '../../ui/Time.tsx';
import { useDeletion } from './deletion.tsx';
import { addressOf, type MappingPath, type Mappings, nameOf, pagesOf } from './kinds.ts';
import { MappingHistory } from './MappingHistory.tsx';
import styles from './mappings.module.css';
import { mappingQuery } from './queries.ts';
import { useMayEdit } from './useMayEdit.ts';

interface Props<Path extends MappingPath> {
  path: Path;
  id: string;
  /** Lines of names and values. */
  fields: (row: Mappings[Path]) => ReactNode;
  /** What comes below them. */
  children: (row: Mappings[Path]) => ReactNode;
}

/** One mapping with all that belongs to it, beside its list. */
export function MappingSheet<Path extends MappingPath>({ path, id, fields, children }: Props<Path>) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data, isError, error, refetch } = useQuery(mappingQuery(path, id));
  const row = data as Mappings[Path] | undefined;
  const close = () => void navigate({ to: pagesOf[path].list, search: true });
  return (
    <Sheet title={row ? nameOf(row) : t('mappings.one')} onClose={close}>
      {isError && !row && <FailureMessage error={error} onRetry={refetch} />}
      {!isError && !row && <Skeleton height={320} />}
      {row && (
        <>
          {row.description && <p>{row.description}</p>}
          <Actions path={path} row={row} onDeleted={close} />
          <Fields>
            {fields(row)}
            <Field name={t('mappings.created')}>
              <ExactTime value={row.created_at} />
            </Field>
            <Field name={t('mappings.updated')}>
              <ExactTime value={row.updated_at} />
            </Field>
          </Fields>
          {children(row)}
          <MappingHistory id={id} />
        </>
      )}
    </Sheet>
  );
}

interface ActionsProps {
  path: MappingPath;
  row: Mappings[MappingPath];
  onDeleted: () => void;
}

function Actions({ path, row, onDeleted }: ActionsProps) {
  const { t } = useTranslation();
  const mayEdit = useMayEdit();
  const remove = useDeletion(path);
  const pages = pagesOf[path];
  return (
    <div className={styles.actions}>
      {'call' in pages && (
        <Button
          size="xs"
          component={Link}
          to={addressOf(pages.call, row.id)}
          leftSection={<IconPlayerPlay size={15} />}
        >
          {t('mappings.try.action')}
        </Button>
      )}
      {mayEdit && (
        <>
          <Button
            size="xs"
            variant="default"
            component={Link}
            to={addressOf(pages.edit, row.id)}
            leftSection={<IconPencil size={15} />}
          >
            {t('action.edit')}
          </Button>
          <Button
            size="xs"
            variant="subtle"
            color="red"
            leftSection={<IconTrash size={15} />}
            onClick={async () => {
              if (await remove([row])) onDeleted();
            }}
          >
            {t('action.delete')}
          </Button>
        </>
      )}
    </div>
  );
}
