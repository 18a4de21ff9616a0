import type { Call, CallChoice, CallStatus } from '@arno/protocol';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type RefObject, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { defined } from '../../app/search.ts';
import { FilterSelect } from '../../ui/FilterSelect.tsx';
import { PeriodFilter } from '../../ui/PeriodFilter.tsx';
import { FilterChips, SearchInput, Toolbar } from '../../ui/Toolbar.tsx';
import { choicesQuery } from './queries.ts';
import { httpStatuses, outcomes, statuses } from './search.ts';
import { useCallsSearch } from './useCallsSearch.ts';

interface Props {
  kind: Call['kind'];
  field: RefObject<HTMLInputElement | null>;
}

/** Everything that the list can be filtered by; all of it stands in the address. */
export function CallFilters({ kind, field }: Props) {
  const { t } = useTranslation();
  const { search, change } = useCallsSearch();
  const isUser = useSession().user.role === 'user';
  const { period, from, to, q, mapping, machine, caller, http, outcome, status } = search;
  return (
    <Toolbar>
      <SearchInput
        ref={field}
        value={q ?? ''}
        placeholder={t('calls.search')}
        onSearch={(text) => change({ q: text || undefined })}
      />
      <PeriodFilter value={defined({ period, from, to })} onChange={change} />
      <ChoiceFilter of="mapping" kind={kind} value={mapping} onChange={(id) => change({ mapping: id })} />
      {kind === 'ondemand' && !isUser && (
        <ChoiceFilter of="machine" kind={kind} value={machine} onChange={(id) => change({ machine: id })} />
      )}
      {!isUser && (
        <ChoiceFilter of="caller" kind={kind} value={caller} onChange={(id) => change({ caller: id })} />
      )}
      {kind === 'enqueue' && (
        <FilterSelect
          label={t('calls.outcome')}
          value={outcome}
          options={outcomes.map((value) => ({ value, label: t(`calls.outcomes.${value}`) }))}
          onChange={(value) => change({ outcome: outcomes.find((known) => known === value) })}
        />
      )}
      <FilterSelect
        label={t('calls.httpStatus')}
        value={http?.toString()}
        options={httpStatuses.map((value) => ({ value: `${value}`, label: `HTTP ${value}` }))}
        onChange={(value) => change({ http: value === undefined ? undefined : Number(value) })}
      />
      <FilterChips
        label={t('calls.status')}
        options={statusesOf(kind, status).map((value) => ({ value, label: t(`callStatus.${value}`) }))}
        selected={status ?? []}
        onToggle={(value) => change({ status: toggled(status, value) })}
      />
    </Toolbar>
  );
}

function toggled(chosen: readonly CallStatus[] = [], value: CallStatus): CallStatus[] | undefined {
  const next = statuses.filter((status) => chosen.includes(status) !== (status === value));
  return next.length > 0 ? next : undefined;
}

interface ChoiceProps {
  of: 'mapping' | 'machine' | 'caller';
  kind: Call['kind'];
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** A filter by something that calls have named: type to find one of many. */
function ChoiceFilter({ of, kind, value, onChange }: ChoiceProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed, 200);
  const { data: found = [] } = useQuery(choicesQuery(of, { kind, q }));
  // The name of what the address says, which may not be among the first that are found.
  const id = of === 'caller' ? value?.slice(value.indexOf(':') + 1) : value;
  const { data: chosen = [] } = useQuery({ ...choicesQuery(of, { id }), enabled: value !== undefined });
  const wanted = chosen.filter((choice) => filterValue(choice) === value);
  const others = found.filter((choice) => filterValue(choice) !== value);
  return (
    <FilterSelect
      label={t(`calls.${of}`)}
      value={value}
      options={[...wanted, ...others].map((choice) => ({
        value: filterValue(choice),
        label: choice.caller === 'key' ? t('calls.keyName', { name: choice.label }) : choice.label,
      }))}
      onChange={onChange}
      onSearch={setTyped}
    />
  );
}

function filterValue({ id, caller }: CallChoice): string {
  return caller ? `${caller === 'key' ? 'key' : 'user'}:${id}` : id;
}

/** A call of a model waits in no queue and is lost with no worker; but what is chosen can be taken back. */
function statusesOf(kind: Call['kind'], chosen: readonly CallStatus[] = []) {
  const ofModels: readonly string[] = ['running', 'completed', 'failed', 'aborted'];
  return kind === 'enqueue'
    ? statuses
    : statuses.filter((status) => ofModels.includes(status) || chosen.includes(status));
}
