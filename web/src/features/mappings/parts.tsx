import type { MachineState } from '@arno/protocol';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconPlugConnectedX,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../ui/Copy.tsx';
import styles from './mappings.module.css';
import { callerOptionsQuery } from './queries.ts';

/** A text that people take away. */
export function Copied({ value, label }: { value: string; label?: string }) {
  return (
    <span className={styles.copied}>
      <span className="mono">{value}</span>
      <CopyButton value={value} {...(label !== undefined && { label })} />
    </span>
  );
}

export function TaskLink({ id, name }: { id: string; name: string | undefined }) {
  return (
    <Link to="/tasks/$id" params={{ id }} className="link" title={id}>
      {name ?? id.slice(0, 8)}
    </Link>
  );
}

const states = {
  healthy: ['completed', IconCircleCheck],
  trial: ['waiting', IconAlertTriangle],
  ejected: ['failed', IconPlugConnectedX],
  unknown: ['neutral', IconCircleDashed],
} as const;

/** How a machine is doing, as the server sees it that answers. */
export function HealthBadge({ health }: { health: MachineState | undefined }) {
  const { t } = useTranslation();
  // Registered a moment ago: nobody has looked at it yet.
  const state = health?.last_check || health?.state !== 'healthy' ? (health?.state ?? 'unknown') : 'unknown';
  const [tone, Icon] = states[state];
  return (
    <span className={styles.health} data-tone={tone} title={health?.last_error?.message}>
      <Icon size={14} stroke={2.1} aria-hidden />
      {t(`mappings.health.${state}`)}
    </span>
  );
}

interface RightsHolders {
  access?: 'anyone' | 'listed' | 'keys';
  allowed_roles?: string[];
  allowed_groups?: string[];
  allowed_users?: string[];
}

/** Who may call, in words. */
export function WhoMayCall({
  access = 'anyone',
  allowed_roles = [],
  allowed_groups = [],
  allowed_users = [],
}: RightsHolders) {
  const { t } = useTranslation();
  const isListed = access === 'listed';
  const people = useQuery({
    ...callerOptionsQuery('', allowed_users),
    enabled: isListed && allowed_users.length > 0,
  });
  if (!isListed) return t(`mappings.access.${access}`);
  const nameOf = (id: string) => people.data?.users.find((user) => user.id === id)?.name ?? id.slice(0, 8);
  const lists: [string, string[]][] = [
    [t('mappings.form.roles'), allowed_roles],
    [t('mappings.form.groups'), allowed_groups],
    [t('mappings.form.users'), allowed_users.map(nameOf)],
  ];
  const shown = lists.filter(([, names]) => names.length > 0);
  if (shown.length === 0) return t('mappings.access.nobody');
  return shown.map(
    ([label, names]): ReactNode => (
      <div key={label}>
        <span className="dim">{label}:</span> {names.join(', ')}
      </div>
    ),
  );
}
