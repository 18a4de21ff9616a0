import { Pill } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type RefObject, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FilterSelect } from '../../ui/FilterSelect.tsx';
import { FilterChips, SearchInput, Toolbar } from '../../ui/Toolbar.tsx';
import { taskChoicesQuery } from './queries.ts';
import { ofTagWord, statuses, toTagWord, types } from './search.ts';
import { useTasksSearch } from './useTasksSearch.ts';

/** Everything that the list can be filtered by; all of it stands in the address. */
export function TaskFilters({ field }: { field: RefObject<HTMLInputElement | null> }) {
  const { t } = useTranslation();
  const { search, change } = useTasksSearch();
  const { q, project, user, type, status = [] } = search;
  return (
    <Toolbar>
      <SearchInput
        ref={field}
        value={q ?? ''}
        placeholder={t('tasks.search')}
        onSearch={(text) => change({ q: text || undefined })}
      />
      <ChoiceFilter of="project" value={project} onChange={(id) => change({ project: id })} />
      <ChoiceFilter of="user" value={user} onChange={(id) => change({ user: id })} />
      <FilterSelect
        label={t('tasks.type')}
        value={type}
        options={types.map((value) => ({ value, label: t(`tasks.types.${value}`) }))}
        onChange={(value) => change({ type: types.find((known) => known === value) })}
      />
      <TagFilter />
      <FilterChips
        label={t('tasks.statusFilter')}
        options={statuses.map((value) => ({ value, label: t(`status.${value}`) }))}
        selected={status}
        onToggle={(value) => change({ status: toggle(status, value) })}
      />
    </Toolbar>
  );
}

interface ChoiceProps {
  of: 'project' | 'user';
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** A filter by something that tasks belong to: type to find one of many. */
function ChoiceFilter({ of, value, onChange }: ChoiceProps) {
  const { t } = useTranslation();
  const { found, setTyped } = useChoices(of);
  // The name of what the address says, which may not be among the first that are found.
  const { data: chosen = [] } = useQuery({
    ...taskChoicesQuery(of, { id: value }),
    enabled: value !== undefined,
  });
  const wanted = chosen.filter(({ id }) => id === value);
  const others = found.filter(({ id }) => id !== value);
  return (
    <FilterSelect
      label={t(`tasks.${of}`)}
      value={value}
      options={[...wanted, ...others].map(({ id, label }) => ({ value: id, label }))}
      onChange={onChange}
      onSearch={setTyped}
    />
  );
}

/** Tags that a task must have, one after another. */
function TagFilter() {
  const { t } = useTranslation();
  const { search, change } = useTasksSearch();
  const { found, setTyped } = useChoices('tag');
  const { tags = [] } = search;
  const others = found.filter(({ id }) => !tags.includes(toTagWord(id)));
  return (
    <>
      <FilterSelect
        label={t('tasks.tags')}
        value={undefined}
        options={others.map(({ id, label }) => ({ value: id, label }))}
        onChange={(tag) => tag !== undefined && change({ tags: [...tags, toTagWord(tag)] })}
        onSearch={setTyped}
      />
      {tags.map((word) => (
        <Pill
          key={word}
          withRemoveButton
          onRemove={() => change({ tags: toggle(tags, word) })}
          removeButtonProps={{ 'aria-label': t('tasks.removeTag', { tag: ofTagWord(word) }) }}
        >
          {ofTagWord(word)}
        </Pill>
      ))}
    </>
  );
}

function useChoices(of: 'project' | 'user' | 'tag') {
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed, 200);
  const { data: found = [] } = useQuery(taskChoicesQuery(of, { q }));
  return { found, setTyped };
}

function toggle<Value>(values: readonly Value[], value: Value): Value[] | undefined {
  const next = values.includes(value) ? values.filter((each) => each !== value) : [...values, value];
  return next.length ? next : undefined;
}
