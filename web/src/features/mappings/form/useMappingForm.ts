import { type FormErrors, type FormValidateInput, type UseFormReturnType, useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { draftOf } from '../../../ui/draft.ts';
import { notifyDone } from '../../../ui/notify.tsx';
import { showServerError } from '../../../ui/serverErrors.ts';
import { type MappingPath, type Mappings, nameOf, pagesOf } from '../kinds.ts';
import { mappingQuery, refreshMappings, saveMapping } from '../queries.ts';
import { changedFields, fieldNames } from './values.ts';

interface Options<Path extends MappingPath, Values, Input> {
  path: Path;
  /** The mapping that is edited; undefined for a new one. */
  row: Mappings[Path] | undefined;
  /** What the fields begin with. */
  initial: Values;
  toInput: (values: Values) => Input;
  validate: FormValidateInput<Values>;
}

export interface MappingForm<Values> {
  form: UseFormReturnType<Values>;
  onSubmit: (event?: React.FormEvent<HTMLFormElement>) => void;
  isSaving: boolean;
  /** What no field can show. */
  error: unknown;
  /** Fields were filled in before the page was loaded anew. */
  isDraft: boolean;
  /** Back to what the server has. */
  discard: () => void;
  cancel: () => void;
}

/** The state of a form for a mapping, new or not: kept over a reload, checked as it is filled in, saved as little as was changed. */
export function useMappingForm<Path extends MappingPath, Values extends object, Input extends object>({
  path,
  row,
  initial,
  toInput,
  validate,
}: Options<Path, Values, Input>): MappingForm<Values> {
  const navigate = useNavigate();
  const draft = draftOf<Values>(`${path}/${row?.id ?? 'new'}`);
  const [restored] = useState(() => draft.restore(initial));
  const [isDraft, setIsDraft] = useState(JSON.stringify(restored) !== JSON.stringify(initial));
  const [error, setError] = useState<unknown>();
  const form = useForm<Values>({
    initialValues: restored,
    validateInputOnBlur: true,
    validate,
    onValuesChange: draft.keep,
  });
  const pages = pagesOf[path];
  const back = () =>
    void navigate(row ? { to: pages.view, params: { id: row.id } } : { to: pages.list, search: {} });

  const save = useSaving(path, row, {
    inputOf: (values: Values) => {
      const input = toInput(values);
      return row ? changedFields(toInput(initial), input) : input;
    },
    onSaved: draft.forget,
  });

  return {
    form,
    onSubmit: form.onSubmit((values) => {
      setError(undefined);
      save.mutate(values, { onError: (failure) => setError(showServerError(form, failure, fieldNames)) });
    }, focusFirst(form)),
    isSaving: save.isPending,
    error,
    isDraft,
    discard() {
      draft.forget();
      form.setInitialValues(initial);
      form.setValues(initial);
      setIsDraft(false);
    },
    cancel() {
      draft.forget();
      back();
    },
  };
}

interface Saving<Values> {
  /** What is sent. */
  inputOf: (values: Values) => object;
  onSaved: () => void;
}

/** Saves, says so, and shows the mapping as it is now. */
function useSaving<Path extends MappingPath, Values>(
  path: Path,
  row: Mappings[Path] | undefined,
  { inputOf, onSaved }: Saving<Values>,
) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (values: Values) => saveMapping(path, row?.id, inputOf(values)),
    onSuccess: async (saved) => {
      onSaved();
      client.setQueryData(mappingQuery(path, saved.id).queryKey, saved as never);
      notifyDone(t(row ? 'mappings.form.changed' : 'mappings.form.made', { name: nameOf(saved) }));
      await navigate({ to: pagesOf[path].view, params: { id: saved.id } });
      await refreshMappings(client);
    },
  });
}

function focusFirst<Values>(form: UseFormReturnType<Values>) {
  return (errors: FormErrors) => {
    const [first] = Object.keys(errors);
    if (first) form.getInputNode(first)?.focus();
  };
}
