import { Alert, Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ComponentType, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../../ui/FormError.tsx';
import { PageHeader } from '../../../ui/Page.tsx';
import { FailureMessage, PageForbidden } from '../../../ui/PageStates.tsx';
import { type MappingPath, type Mappings, nameOf } from '../kinds.ts';
import { mappingQuery } from '../queries.ts';
import { useMayEdit } from '../useMayEdit.ts';
import styles from './form.module.css';
import type { MappingForm } from './useMappingForm.ts';

interface EditProps<Path extends MappingPath> {
  path: Path;
  id: string;
  form: ComponentType<{ row: Mappings[Path] }>;
}

/** Loads what is edited. */
export function EditPage<Path extends MappingPath>({ path, id, form: Form }: EditProps<Path>) {
  const mayEdit = useMayEdit();
  const { data, isError, error, refetch } = useQuery({
    ...mappingQuery(path, id),
    // What others change meanwhile must not overwrite what is being typed.
    refetchOnWindowFocus: false,
  });
  if (!mayEdit) return <PageForbidden />;
  if (data) return <Form key={id} row={data as Mappings[Path]} />;
  return isError ? <FailureMessage error={error} onRetry={refetch} /> : <Skeleton height={420} />;
}

interface FrameProps<Path extends MappingPath, Values> {
  title: string;
  /** Below the title of a new one. */
  text?: string;
  /** The mapping that is edited. */
  row: Mappings[Path] | undefined;
  state: MappingForm<Values>;
  children: ReactNode;
  /** Below the form: what is changed by itself. */
  after?: ReactNode;
}

/** What all forms have around their fields. */
export function FormFrame<Path extends MappingPath, Values>({
  title,
  text,
  row,
  state,
  children,
  after,
}: FrameProps<Path, Values>) {
  const { t } = useTranslation();
  const { onSubmit, isSaving, error, isDraft, discard, cancel } = state;
  return (
    <>
      <PageHeader title={row ? nameOf(row) : title} description={row ? t('mappings.form.editText') : text} />
      <form className={styles.form} onSubmit={onSubmit} noValidate aria-label={title}>
        {isDraft && (
          <Alert color="yellow" variant="light" title={t('mappings.form.draft')}>
            <Button size="compact-xs" variant="default" onClick={discard}>
              {t('mappings.form.discard')}
            </Button>
          </Alert>
        )}
        {children}
        <div className={styles.foot}>
          <div>
            <FormError error={error} />
          </div>
          <Button variant="default" onClick={cancel} disabled={isSaving}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" loading={isSaving}>
            {t('action.save')}
          </Button>
        </div>
      </form>
      {after && <div className={styles.after}>{after}</div>}
    </>
  );
}
