import { Button, Group, Popover, TextInput, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCalendar, IconCheck, IconChevronDown } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../i18n/index.ts';
import styles from './PeriodFilter.module.css';
import { fromLocalField, type PeriodSearch, spanNames, toLocalField } from './period.ts';

interface Props {
  value: PeriodSearch;
  /** Gets all three parts, so that spreading it over a search also takes away what was there. */
  onChange: (value: { [Key in keyof Required<PeriodSearch>]: PeriodSearch[Key] | undefined }) => void;
  /** For charts, which always show some period: no "any time". */
  required?: boolean;
}

const anyTime = { period: undefined, from: undefined, to: undefined };

/** Chooses the last hour, day, week …, or a range, in a Toolbar. */
export function PeriodFilter({ value, onChange, required = false }: Props) {
  const { t } = useTranslation();
  const [opened, { close, toggle }] = useDisclosure(false);
  const words = useWords(value);
  const choose = (next: PeriodSearch) => {
    onChange({ ...anyTime, ...next });
    close();
  };
  return (
    <Popover opened={opened} onChange={close} position="bottom-start" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button
          size="xs"
          variant="default"
          className={styles.button}
          data-active={Object.keys(value).length > 0 || undefined}
          leftSection={<IconCalendar size={15} />}
          rightSection={<IconChevronDown size={14} />}
          onClick={toggle}
        >
          {words}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={styles.dropdown} aria-label={t('period.label')}>
        {!required && (
          <Choice on={Object.keys(value).length === 0} onClick={() => choose({})}>
            {t('period.any')}
          </Choice>
        )}
        {spanNames.map((span) => (
          <Choice key={span} on={value.period === span} onClick={() => choose({ period: span })}>
            {t(`period.${span}`)}
          </Choice>
        ))}
        <Range value={value} onChoose={choose} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Choice({ on, onClick, children }: { on: boolean; onClick: () => void; children: string }) {
  return (
    <UnstyledButton className={styles.choice} aria-pressed={on} onClick={onClick}>
      <IconCheck size={15} style={{ visibility: on ? 'visible' : 'hidden' }} />
      {children}
    </UnstyledButton>
  );
}

function Range({ value, onChoose }: { value: PeriodSearch; onChoose: (value: PeriodSearch) => void }) {
  const { t } = useTranslation();
  const [from, setFrom] = useState(toLocalField(value.from));
  const [to, setTo] = useState(toLocalField(value.to));
  const isBackwards = from !== '' && to !== '' && from >= to;
  function submit(event: FormEvent) {
    event.preventDefault();
    const range = { from: fromLocalField(from), to: fromLocalField(to) };
    onChoose({ ...(range.from && { from: range.from }), ...(range.to && { to: range.to }) });
  }
  return (
    <form className={styles.range} onSubmit={submit}>
      <TextInput
        type="datetime-local"
        size="xs"
        label={t('period.from')}
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput
        type="datetime-local"
        size="xs"
        label={t('period.to')}
        value={to}
        error={isBackwards && t('period.backwards')}
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      <Group justify="flex-end">
        <Button type="submit" size="xs" disabled={isBackwards || (from === '' && to === '')}>
          {t('action.apply')}
        </Button>
      </Group>
    </form>
  );
}

function useWords({ period, from, to }: PeriodSearch): string {
  const { t } = useTranslation();
  const locale = useLocale();
  if (period) return t(`period.${period}`);
  const short = (time: string) =>
    new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'short' }).format(Date.parse(time));
  if (from && to) return `${short(from)} – ${short(to)}`;
  if (from) return t('period.since', { time: short(from) });
  return to ? t('period.until', { time: short(to) }) : t('period.any');
}
