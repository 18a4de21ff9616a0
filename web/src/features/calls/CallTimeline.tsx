import type { CallDetail } from '@arno/protocol';
import { ActionIcon, Tooltip, useComputedColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChartBar, IconTable } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { lineOf } from '../../ui/charts/palette.ts';

import { Section } from '../../ui/Page.tsx';
import { useNow } from '../../ui/useNow.ts';
import styles from './CallTimeline.module.css';
import { isUnfinished } from './callList.ts';
import { answerPhases, formatTook, type Phase, taskPhases } from './timeline.ts';

/** Where the time went: drawn to scale, and as numbers. A queued call has two scales: its answer takes milliseconds, its task minutes. */
export function CallTimeline({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  const now = useNow(isUnfinished(call) ? 'fast' : 'slow');
  const [asTable, { toggle }] = useDisclosure(false);
  const parts = [
    { title: t('calls.untilAnswer'), phases: answerPhases(call) },
    { title: t('calls.untilEnd'), phases: taskPhases(call, now) },
  ].filter(({ phases }) => phases.length > 0);
  if (parts.length === 0) return null;
  const label = t(asTable ? 'chart.showChart' : 'chart.showTable');
  return (
    <Section
      title={t('calls.phases')}
      aside={
        <Tooltip label={label}>
          <ActionIcon size="sm" aria-label={label} onClick={toggle}>
            {asTable ? <IconChartBar size={16} /> : <IconTable size={16} />}
          </ActionIcon>
        </Tooltip>
      }
    >
      <div className={styles.parts}>
        {parts.map(({ title, phases }) =>
          asTable ? (
            <PhaseTable key={title} title={title} phases={phases} />
          ) : (
            <PhaseBar key={title} title={title} phases={phases} />
          ),
        )}
      </div>
    </Section>
  );
}

interface PartProps {
  title: string;
  phases: readonly Phase[];
}

function PhaseBar({ title, phases }: PartProps) {
  const words = usePhaseWords();
  const scheme = useComputedColorScheme();
  const hue = (place: number) => lineOf(place, scheme).color;
  return (
    <figure className={styles.figure}>
      <figcaption className={styles.caption}>
        <span>{title}</span>
        <span className={styles.total}>{words.time(wholeOf(phases))}</span>
      </figcaption>
      <div className={styles.bar} aria-hidden="true">
        {phases.map((phase, place) => (
          <span
            key={phase.name}
            title={`${words.name(phase)} · ${words.time(phase.took)}`}
            data-open={phase.isOpen || undefined}
            style={{ flexGrow: phase.took, backgroundColor: hue(place) }}
          />
        ))}
      </div>
      <ul className={styles.legend}>
        {phases.map((phase, place) => (
          <li key={phase.name}>
            <span className={styles.swatch} style={{ background: hue(place) }} />
            {words.name(phase)} <span className={styles.time}>{words.time(phase.took)}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}

function PhaseTable({ title, phases }: PartProps) {
  const { t } = useTranslation();
  const words = usePhaseWords();
  const whole = wholeOf(phases);
  return (
    <table className={styles.table} aria-label={title}>
      <thead>
        <tr>
          <th scope="col">{title}</th>
          <th scope="col">{t('calls.phaseFrom')}</th>
          <th scope="col">{t('calls.phaseTook')}</th>
          <th scope="col">{t('calls.phaseShare')}</th>
        </tr>
      </thead>
      <tbody>
        {phases.map((phase) => (
          <tr key={phase.name}>
            <th scope="row">{words.name(phase)}</th>
            <td>{words.time(phase.from)}</td>
            <td>{words.time(phase.took)}</td>
            <td>{words.share(whole > 0 ? phase.took / whole : 0)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function wholeOf(phases: readonly Phase[]): number {
  return phases.reduce((sum, { took }) => sum + took, 0);
}

function usePhaseWords() {
  const { t } = useTranslation();
  const locale = useLocale();
  return {
    // Later versions, and the tasks of other servers, may have phases that this page has no word for.
    name: ({ name }: Phase) => t(`calls.phase.${name as 'lookup'}`, { defaultValue: name }),
    time: (ms: number) => formatTook(ms, locale),
    share: (part: number) =>
      new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(part),
  };
}
