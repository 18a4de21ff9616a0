import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Page.tsx';
import { BelongingsWords } from './BelongingsWords.tsx';
import { belongingsQuery } from './queries.ts';

/** What hangs on an account, before anybody thinks of deleting it. */
export function BelongingsPanel({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data, isError } = useQuery(belongingsQuery(id));
  // The rest of the page says enough when only this fails.
  if (isError && !data) return null;
  return (
    <Panel title={t('people.belongings.title')}>
      {data ? <BelongingsWords belongings={data} /> : <Skeleton height={110} />}
    </Panel>
  );
}
