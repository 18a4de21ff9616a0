import { personOrigins, roles } from '@arno/protocol';
import { useTranslation } from 'react-i18next';
import { oneOf } from '../../app/search.ts';
import { FilterSelect } from '../../ui/FilterSelect.tsx';
import type { PeopleChange } from './PeoplePage.tsx';
import { type PeopleSearch, states } from './search.ts';

interface Props {
  search: PeopleSearch;
  onChange: (change: PeopleChange) => void;
}

/** Filters of the list of users beside its search. */
export function PeopleFilters({ search, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <FilterSelect
        label={t('people.any.role')}
        value={search.role}
        options={roles.map((value) => ({ value, label: t(`role.${value}`) }))}
        onChange={(value) => onChange({ role: oneOf(roles, value) })}
      />
      <FilterSelect
        label={t('people.any.origin')}
        value={search.origin}
        options={personOrigins.map((value) => ({ value, label: t(`people.origin.${value}`) }))}
        onChange={(value) => onChange({ origin: oneOf(personOrigins, value) })}
      />
      <FilterSelect
        label={t('people.any.state')}
        value={search.state}
        options={states.map((value) => ({ value, label: t(`people.state.${value}`) }))}
        onChange={(value) => onChange({ state: oneOf(states, value) })}
      />
    </>
  );
}
